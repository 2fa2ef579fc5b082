import { deflateSync } from 'node:zlib';
import { proto, unpadRandomMax16 } from 'baileys';
import type { HistoryChat, HistoryNotification } from './history-file.ts';

/** Messages of one chat that the own phone told: wire jid, and each as a protobuf `WebMessageInfo`, oldest first. */
export interface PastChat {
  readonly chat: string;
  readonly messages: readonly Uint8Array[];
  /** They are from before the number was linked: history, no news. */
  readonly isPast: boolean;
}

/** What a message between the own devices asks of a linked device, as far as the gateway cares. */
export type PeerContent = proto.IMessage;

/** The decrypted contents of one peer message, as one. @throws Error when the bytes are no message. */
export function readPeerContent(plaintexts: readonly Uint8Array[]): PeerContent {
  return contentOf(
    proto.Message.decode(Buffer.concat(plaintexts.map((plaintext) => unpadRandomMax16(plaintext)))),
  );
}

/** Set when the message brings a part of the phone's history, or says where it is. */
export function historyIn({ protocolMessage }: PeerContent): HistoryNotification | null {
  return protocolMessage?.historySyncNotification ?? null;
}

/**
 * The decrypted content of a peer message as Baileys is to see it: with an empty history in place of the phone's. Baileys
 * would fetch, unpack and decode one that was asked for before it goes on with the next message, and merge it into one event
 * for nobody. That there was one must be known to it: it sends a receipt for it.
 */
export function withoutHistory(plaintext: Uint8Array): Uint8Array {
  const message = decoded(plaintext);
  const notification = message && historyIn(contentOf(message));
  if (!notification) return plaintext;
  notification.initialHistBootstrapInlinePayload = emptyHistory;
  return Buffer.concat([proto.Message.encode(message).finish(), shortestPadding]);
}

/** Messages that the phone sends again because they were asked for. */
export function resentChats({ protocolMessage }: PeerContent): PastChat[] {
  const resent =
    protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult?.flatMap(
      ({ placeholderMessageResendResponse }) => placeholderMessageResendResponse?.webMessageInfoBytes ?? [],
    ) ?? [];
  return resent.flatMap((bytes) => {
    const chat = proto.WebMessageInfo.decode(bytes).key?.remoteJid;
    return chat ? [{ chat, messages: [bytes], isPast: false }] : [];
  });
}

/** So many messages are one row, which is read and planned in a few milliseconds, during which everything else waits. */
const messagesPerRow = 50;

/**
 * The messages of a history in portions, what is news first; apart those that are older than `sinceS` (seconds since 1970).
 */
export function* pastChats(chats: readonly HistoryChat[], sinceS: number): Generator<PastChat> {
  for (const isPast of [false, true]) {
    for (const { jid: chat, messages } of chats) {
      const chosen = messages.filter(({ atS }) => atS < sinceS === isPast);
      for (let from = 0; from < chosen.length; from += messagesPerRow) {
        const portion = chosen.slice(from, from + messagesPerRow);
        yield { chat, isPast, messages: portion.map(({ bytes }) => bytes) };
      }
    }
  }
}

const emptyHistory = deflateSync(
  proto.HistorySync.encode({ syncType: proto.HistorySync.HistorySyncType.RECENT }).finish(),
);
const shortestPadding = Uint8Array.of(1);

function contentOf(message: proto.IMessage): PeerContent {
  return message.deviceSentMessage?.message ?? message;
}

/** Null for what is no message: Baileys says so itself. */
function decoded(plaintext: Uint8Array): proto.Message | null {
  try {
    return proto.Message.decode(unpadRandomMax16(plaintext));
  } catch {
    return null;
  }
}
