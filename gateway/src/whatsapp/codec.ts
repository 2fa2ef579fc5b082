import './mend-libsignal.ts';
import { decodeDecompressedBinaryNode, proto, unpadRandomMax16 } from 'baileys';
import * as tokens from 'baileys/lib/WABinary/constants.js';
import type { MessageContent, PastMessage } from '../events/translation.ts';
import type { Codec } from '../events/codec.ts';
import { secondsOf } from './seconds.ts';
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
    const content = toContent(bytes);
    if (plaintexts.length === 1) return content;
    // A group's key that came beside a message is not what the message says.
    const { senderKeyDistributionMessage: _, ...message } = content;
    return message;
  },
  decodeContent: toContent,
  decodePastMessage,
};

function decodePastMessage(bytes: Uint8Array): PastMessage {
  const info = proto.WebMessageInfo.decode(bytes);
  const { key, message, messageTimestamp, pushName, status, participant, starred } = info;
  if (!key?.id) throw new Error('A message of the history has no id.');
  return {
    id: key.id,
    fromMe: key.fromMe === true,
    participant: key.participant || participant || null,
    timestamp: secondsOf(messageTimestamp) || null,
    pushName: pushName || null,
    status: status ?? null,
    content: message ? plainObject(proto.Message.fromObject(message)) : null,
    reactions: (info.reactions ?? []).map((reaction) => ({
      ...writerOf(reaction.key, reaction.senderTimestampMs),
      text: reaction.text ?? '',
    })),
    votes: (info.pollUpdates ?? []).map(({ pollUpdateMessageKey, senderTimestampMs, vote }) => ({
      ...writerOf(pollUpdateMessageKey, senderTimestampMs),
      hashes: vote?.selectedOptions ?? [],
    })),
    deletion: deletionIn(info),
    isStarred: starred === true,
  };
}

function writerOf(key: proto.IMessageKey | null | undefined, atMs: Parameters<typeof Number>[0]) {
  return {
    id: key?.id ?? '',
    fromMe: key?.fromMe === true,
    participant: key?.participant || null,
    atMs: Number(atMs ?? 0) || null,
  };
}

/** An admin stands in the parameters. */
function deletionIn({
  messageStubType,
  messageStubParameters,
  revokeMessageTimestamp,
}: proto.WebMessageInfo) {
  const { REVOKE, ADMIN_REVOKE } = proto.WebMessageInfo.StubType;
  if (messageStubType !== REVOKE && messageStubType !== ADMIN_REVOKE) return null;
  const by = messageStubType === ADMIN_REVOKE ? messageStubParameters?.[0] || null : null;
  return { by, at: Number(revokeMessageTimestamp ?? 0) || null };
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
