import { proto, unpadRandomMax16 } from 'baileys';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Blobs } from '../media/blobs.ts';

/** Messages of one chat that the own phone told: wire jid, and each as a protobuf `WebMessageInfo`, oldest first. */
export interface PastChat {
  readonly chat: string;
  readonly messages: readonly Uint8Array[];
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

/**
 * The messages that a peer message brings: those of the phone's history that are not older than `sinceS` (seconds since
 * 1970), and those that it sends again because they were asked for.
 *
 * @throws MediaUnavailable when the history is on the media server and cannot be had; Error when it cannot be read.
 */
export async function pastChats(
  { protocolMessage }: PeerContent,
  sinceS: number,
  blobs: Pick<Blobs, 'read'>,
): Promise<PastChat[]> {
  const resent =
    protocolMessage?.peerDataOperationRequestResponseMessage?.peerDataOperationResult?.flatMap(
      ({ placeholderMessageResendResponse }) => placeholderMessageResendResponse?.webMessageInfoBytes ?? [],
    ) ?? [];
  const notification = protocolMessage?.historySyncNotification;
  const history = notification ? await readHistory(notification, blobs) : null;
  return [
    ...(history?.conversations ?? []).flatMap((conversation) => pastChatOf(conversation, sinceS)),
    ...resent.flatMap(resentChat),
  ];
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
function pastChatOf({ id, messages }: proto.IConversation, sinceS: number): PastChat[] {
  const recent = (messages ?? [])
    .flatMap(({ message }) => message ?? [])
    .filter(({ messageTimestamp }) => Number(messageTimestamp ?? 0) >= sinceS)
    .toSorted((one, other) => Number(one.messageTimestamp) - Number(other.messageTimestamp));
  if (recent.length === 0 || !id) return [];
  return [{ chat: id, messages: recent.map((message) => proto.WebMessageInfo.encode(message).finish()) }];
}

function resentChat(bytes: Uint8Array): PastChat[] {
  const chat = proto.WebMessageInfo.decode(bytes).key?.remoteJid;
  return chat ? [{ chat, messages: [bytes] }] : [];
}
