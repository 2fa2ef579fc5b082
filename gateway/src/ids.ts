import { randomBytes } from 'node:crypto';

/**
 * A new event id: `evt_` and 26 characters that sort by time (48 bits of milliseconds, then 80 random bits; Crockford's
 * base 32, as in a ULID).
 */
export function newEventId(nowMs: number): string {
  return `evt_${base32(BigInt(nowMs), 10)}${base32(BigInt(`0x${randomBytes(10).toString('hex')}`), 16)}`;
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function base32(value: bigint, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i++) {
    text = (alphabet[Number(rest & 31n)] ?? '') + text;
    rest >>= 5n;
  }
  return text;
}
