import './mend-libsignal.ts';
import {
  decodeDecompressedBinaryNode,
  encodeBinaryNode,
  proto,
  unpadRandomMax16,
  type BinaryNode,
} from 'baileys';
import * as tokens from 'baileys/lib/WABinary/constants.js';
import type { MessageContent } from '../events/translation.ts';
import type { Codec } from '../events/codec.ts';

/** A stanza as bytes, in WhatsApp's own binary XML. The first byte (0: not compressed) is left out. */
export function encodeStanza(stanza: BinaryNode): Uint8Array {
  return encodeBinaryNode(stanza).subarray(1);
}

export const codec: Codec = {
  decodeStanza: (bytes) => decodeDecompressedBinaryNode(asBuffer(bytes), tokens),
  decodePlaintexts(plaintexts) {
    // One protobuf after the other reads as one message with the fields of both.
    const bytes = Buffer.concat(plaintexts.map((plaintext) => unpadRandomMax16(plaintext)));
    return toContent(bytes);
  },
  decodeContent: toContent,
};

function toContent(bytes: Uint8Array): MessageContent {
  const message = proto.Message.decode(bytes);
  return proto.Message.toObject(message, { longs: Number, enums: Number });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
