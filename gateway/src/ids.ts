import { randomFillSync } from 'node:crypto';

/**
 * Gives event ids that grow with each call, whatever the clock does: they are the cursors of those who fetch events.
 * `last` is the greatest id that was ever given.
 */
export class EventIds {
  #last: string;
  #lastMs = -1;

  constructor(last: string | null) {
    this.#last = last ?? '';
  }

  /** An id of this millisecond; in the same one, and while the clock is behind, the number after the last. */
  next(nowMs: number): string {
    const start = nowMs === this.#lastMs ? '' : firstEventId(nowMs);
    this.#lastMs = nowMs;
    this.#last = start > this.#last ? withRandomEnd(start) : following(this.#last);
    return this.#last;
  }
}

/**
 * A new event id: `evt_` and 26 characters that sort by time (48 bits of milliseconds, then 80 random bits; Crockford's
 * base 32, as in a ULID). Those of one millisecond have no order: for one, `EventIds`.
 */
export function newEventId(nowMs: number): string {
  return withRandomEnd(firstEventId(nowMs));
}

/** Sorts before every event id of this millisecond or later, and after all earlier ones. */
export function firstEventId(nowMs: number): string {
  let id = 'evt_';
  for (let place = 9; place >= 0; place--) id += alphabet[Math.floor(nowMs / 32 ** place) % 32] ?? '';
  return id;
}

/** What every event id looks like, as a regular expression; `noEventId` too, which sorts before all of them. */
export const eventIdPattern = 'evt_[0-9A-HJKMNP-TV-Z]{26}';
export const noEventId = `evt_${'0'.repeat(26)}`;

function withRandomEnd(start: string): string {
  let id = start;
  // 16 characters of five bits, each from a byte of its own: no carrying, and random bytes are drawn by the page.
  if (used + 16 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  for (const end = used + 16; used < end; used++) id += alphabet[(pool[used] ?? 0) % 32] ?? '';
  return id;
}

/** The id as a number, and one more: a carry goes through the random part into the time. */
function following(id: string): string {
  const digit = alphabet.indexOf(id.at(-1) ?? '');
  if (digit < 0) throw new Error(`There is no event id after ${id}.`);
  const rest = id.slice(0, -1);
  return digit === 31 ? `${following(rest)}0` : rest + (alphabet[digit + 1] ?? '');
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pool = new Uint8Array(4096);
let used = pool.length;
