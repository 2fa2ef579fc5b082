import { proto, unpadRandomMax16 } from 'baileys';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Blobs } from '../media/blobs.ts';
import { secondsOf } from './seconds.ts';

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
  const content = proto.Message.decode(
    Buffer.concat(plaintexts.map((plaintext) => unpadRandomMax16(plaintext))),
  );
  return content.deviceSentMessage?.message ?? content;
}

/** The message shares keys of what the own devices share. */
export function bringsKeys({ protocolMessage }: PeerContent): boolean {
  return (protocolMessage?.appStateSyncKeyShare?.keys?.length ?? 0) > 0;
}

/** The message brings a part of the phone's history, or says where it is. */
export function bringsHistory({ protocolMessage }: PeerContent): boolean {
  return Boolean(protocolMessage?.historySyncNotification);
}

/** So many messages are handled without a pause: a few milliseconds, during which everything else waits. */
const messagesAtOnce = 50;

/**
 * The messages that a peer message brings, in portions with pauses between them: the phone's history, apart those that are
 * older than `sinceS` (seconds since 1970), and those that the phone sends again because they were asked for. What is news
 * comes first.
 *
 * @throws MediaUnavailable when the history is on the media server and cannot be had; Error when it cannot be read.
 */
export async function* pastChats(
  { protocolMessage }: PeerContent,
  sinceS: number,
  blobs: Pick<Blobs, 'read'>,
): AsyncGenerator<PastChat> {
  const resent =
    protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult?.flatMap(
      ({ placeholderMessageResendResponse }) => placeholderMessageResendResponse?.webMessageInfoBytes ?? [],
    ) ?? [];
  yield* resent.flatMap(resentChat);
  const notification = protocolMessage?.historySyncNotification;
  if (!notification) return;
  const chats = (await readHistory(notification, blobs)).conversations.map(inOrder);
  for (const isPast of [false, true]) {
    for (const { chat, messages } of chats) {
      const chosen = messages.filter(({ atS }) => atS < sinceS === isPast);
      for (let from = 0; from < chosen.length; from += messagesAtOnce) {
        await new Promise((resolve) => setImmediate(resolve));
        const portion = chosen.slice(from, from + messagesAtOnce);
        yield {
          chat,
          isPast,
          messages: portion.map(({ message }) => proto.WebMessageInfo.encode(message).finish()),
        };
      }
    }
  }
}

async function readHistory(
  notification: proto.Message.IHistorySyncNotification,
  blobs: Pick<Blobs, 'read'>,
): Promise<proto.HistorySync> {
  const inline = notification.initialHistBootstrapInlinePayload;
  const compressed = inline?.length ? inline : await blobs.read(notification, 'History');
  return proto.HistorySync.decode(await promisify(inflate)(compressed));
}

/** The phone lists the newest first. */
function inOrder({ id, messages }: proto.IConversation) {
  const all = id ? (messages ?? []).flatMap(({ message }) => message ?? []) : [];
  const dated = all.map((message) => ({ message, atS: secondsOf(message.messageTimestamp) }));
  return { chat: id ?? '', messages: dated.toSorted((one, other) => one.atS - other.atS) };
}

function resentChat(bytes: Uint8Array): PastChat[] {
  const chat = proto.WebMessageInfo.decode(bytes).key?.remoteJid;
  return chat ? [{ chat, messages: [bytes], isPast: false }] : [];
}
