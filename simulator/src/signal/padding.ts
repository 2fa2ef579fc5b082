import { randomInt } from 'node:crypto';
import { SignalError } from './signal-error.ts';

/** WhatsApp's padding of plaintexts: 1 to 16 bytes, each the number of bytes added. */
export function pad(plaintext: Uint8Array, count: number = randomInt(1, 17)): Uint8Array {
  return Buffer.concat([plaintext, new Uint8Array(count).fill(count)]);
}

/** Takes WhatsApp's padding off. Throws `SignalError('invalid_padding')` when there is none. */
export function unpad(padded: Uint8Array): Uint8Array {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > 16 || count > padded.length) {
    throw new SignalError('invalid_padding', 'the plaintext does not end with 1 to 16 bytes of padding');
  }
  return padded.slice(0, -count);
}
