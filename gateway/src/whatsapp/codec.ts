import './mend-libsignal.ts';
import {
  decodeDecompressedBinaryNode,
  encodeBinaryNode,
  proto,
  unpadRandomMax16,
  type BinaryNode,
} from 'baileys';
import * as tokens from 'baileys/lib/WABinary/constants.js';
import type { MessageContent, PastMessage } from '../events/translation.ts';
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
  decodePastMessage,
};

function decodePastMessage(bytes: Uint8Array): PastMessage {
  const { key, message, messageTimestamp, pushName, status, participant } =
    proto.WebMessageInfo.decode(bytes);
  if (!key?.id) throw new Error('A message of the history has no id.');
  return {
    id: key.id,
    fromMe: key.fromMe === true,
    participant: key.participant || participant || null,
    timestamp: messageTimestamp ? Number(messageTimestamp) : null,
    pushName: pushName || null,
    status: status ?? null,
    content: message ? plainObject(proto.Message.fromObject(message)) : null,
  };
}

function toContent(bytes: Uint8Array): MessageContent {
  return plainObject(proto.Message.decode(bytes));
}

function plainObject(message: proto.Message): MessageContent {
  return proto.Message.toObject(message, { longs: Number, enums: Number });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
