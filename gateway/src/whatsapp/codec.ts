import './mend-libsignal.ts';
import { decodeDecompressedBinaryNode, proto, unpadRandomMax16 } from 'baileys';
import * as tokens from 'baileys/lib/WABinary/constants.js';
import type { MessageContent } from '../events/translation.ts';
import type { Codec } from '../events/codec.ts';
import { isPackedStanza, packStanza, unpackStanza } from './stored-stanza.ts';

/** A stanza as the bytes that an inbox row keeps. */
export const encodeStanza = packStanza;

export const codec: Codec = {
  decodeStanza: (bytes) =>
    // Rows of earlier versions are in WhatsApp's own binary form.
    isPackedStanza(bytes) ? unpackStanza(bytes) : decodeDecompressedBinaryNode(asBuffer(bytes), tokens),
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
