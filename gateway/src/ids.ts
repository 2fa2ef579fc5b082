import { randomFillSync } from 'node:crypto';

/**
 * A new event id: `evt_` and 26 characters that sort by time (48 bits of milliseconds, then 80 random bits; Crockford's
 * base 32, as in a ULID).
 */
export function newEventId(nowMs: number): string {
  let id = firstEventId(nowMs);
  // 16 characters of five bits, each from a byte of its own: no carrying, and random bytes are drawn by the page.
  if (used + 16 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (const end = used + 16; used < end; used++) id += alphabet[(pool[used] ?? 0) % 32] ?? '';
  return id;
}

/** Sorts before every event id of this millisecond or later, and after all earlier ones. */
export function firstEventId(nowMs: number): string {
  let id = 'evt_';
  for (let place = 9; place >= 0; place--) id += alphabet[Math.floor(nowMs / 32 ** place) % 32] ?? '';
  return id;
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pool = new Uint8Array(4096);
let used = pool.length;
