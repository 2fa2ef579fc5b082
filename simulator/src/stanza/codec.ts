import { inflateSync } from 'node:zlib';
import { encodeBinaryNode, proto } from 'baileys';
import type { BinaryNode } from 'baileys';
import * as tokens from 'baileys/lib/WABinary/constants.js';
import { decodeDecompressedBinaryNode } from 'baileys/lib/WABinary/decode.js';

/**
 * The only file that borrows from Baileys: the binary XML codec and the protobuf schema. Noise and Signal are our own,
 * so a mistake of Baileys there shows; a mistake in its codec would not.
 */
export { proto };

/** One element of WhatsApp's binary XML: the unit of every frame. */
export type Stanza = BinaryNode;

/** Bytes of one frame, before encryption. */
export function encodeStanza(stanza: Stanza): Uint8Array {
  return encodeBinaryNode(stanza);
}

/** Reads one decrypted frame; throws on malformed bytes. Bit 1 of the first byte says that the rest is zlib. */
export function decodeStanza(frame: Uint8Array): Stanza {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const flags = bytes.readUInt8();
  const body = bytes.subarray(1);
  return decodeDecompressedBinaryNode((flags & 2) === 2 ? inflateSync(body) : body, tokens);
}
