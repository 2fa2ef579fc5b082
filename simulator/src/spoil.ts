import { randomBytes } from 'node:crypto';
import { decodeFields } from './signal/protobuf.ts';
import type { Stanza } from './stanza/codec.ts';
import { bytesOf, node } from './stanza/node.ts';

/**
 * What linked devices get in place of a message: the children of their `<message>`, made from the `<enc>` that they
 * would have got. Handsets always get the message itself.
 */
export type Spoil = (encrypt: () => Stanza) => Stanza[];

/** A ciphertext that no session accepts: its MAC is wrong. */
export const corrupt: Spoil = (encrypt) => {
  const enc = encrypt();
  const ciphertext = Buffer.from(bytesOf(enc) ?? []);
  const last = lastByteOfMac(ciphertext, enc.attrs['type'] === 'pkmsg');
  ciphertext.writeUInt8(ciphertext.readUInt8(last) ^ 1, last);
  return [node(enc.tag, enc.attrs, ciphertext)];
};

/**
 * No content: it is only on the handset. Types that clients know: `view_once`, `view_once_unavailable_fanout`,
 * `bot_unavailable_fanout`, `hosted_unavailable_fanout`; without a type it is any other reason.
 */
export function unavailable(type?: string): Spoil {
  return () => [node('unavailable', { type })];
}

/** Only an answer of a bot, encrypted under a secret of an earlier message (`<enc type="msmsg">`). */
export const msmsg: Spoil = () => [msmsgNode()];

/** The message, and a bot's answer behind it (`msmsgLast`) or before it (`msmsgFirst`). */
export const msmsgLast: Spoil = (encrypt) => [encrypt(), msmsgNode()];
export const msmsgFirst: Spoil = (encrypt) => [msmsgNode(), encrypt()];

/** The ways to spoil by name, for the control API; every other name is a type of `unavailable`. */
export function spoilNamed(name: string): Spoil {
  const known: Record<string, Spoil> = { corrupt, msmsg, msmsgFirst, msmsgLast, unavailable: unavailable() };
  return known[name] ?? unavailable(name);
}

function msmsgNode(): Stanza {
  return node('enc', { v: '2', type: 'msmsg' }, randomBytes(60));
}

// A `pkmsg` is a protobuf around the actual message (field 4), which ends with its MAC.
function lastByteOfMac(ciphertext: Buffer, isFirst: boolean): number {
  const inner = isFirst ? decodeFields(ciphertext.subarray(1)).bytes(4) : undefined;
  return inner ? ciphertext.indexOf(inner) + inner.length - 1 : ciphertext.length - 1;
}
