import { deflateSync } from 'node:zlib';
import type { Directory } from './directory.ts';
import { isChange } from './apply-change.ts';
import { parseJid } from './jid.ts';
import { putBlob } from './media/blob.ts';
import type { MediaStore } from './media/media-store.ts';
import type { PhoneMessage } from './phone/messages.ts';
import { proto } from './stanza/codec.ts';
import { chatJidOf, chatNameOf, webMessageOf } from './web-message.ts';

/** A chat of a history: its address and its messages, newest first, as handsets send them. */
export interface HistoryChat {
  readonly jid: string;
  readonly messages: readonly PhoneMessage[];
  /** Whether the handset has older ones that are not among them. */
  readonly hasMore?: boolean;
}

export type HistorySyncType = keyof typeof proto.HistorySync.HistorySyncType;

/** What one message of a history has. */
export interface HistoryChunk {
  readonly syncType: HistorySyncType;
  readonly chats: readonly HistoryChat[];
  readonly chunkOrder: number;
  readonly progress: number;
  /** The stanza id of the request that this answers. */
  readonly requestId?: string;
  /** It is filled up with so many bytes of zeros, which are nearly nothing when they are packed. */
  readonly filledBytes?: number;
}

/** Sorts messages into chats, newest chat first. What the handset could not decrypt is in no history. */
export function chatsOf(directory: Directory, messages: readonly PhoneMessage[]): HistoryChat[] {
  const readable = messages.filter(
    ({ content, isDeleted }) => (content !== undefined && !isChange(content)) || isDeleted === true,
  );
  const newestFirst = readable.toReversed().toSorted((a, b) => b.timestamp - a.timestamp);
  const byChat = Map.groupBy(newestFirst, chatNameOf);
  // A chat has one address: that of its newest message.
  return [...byChat.values()].flatMap(([newest, ...older]) =>
    newest ? [{ jid: chatJidOf(directory, newest), messages: [newest, ...older] }] : [],
  );
}

/** Cuts chats into portions of at most so many messages; a long chat goes on in the next. */
export function portionsOf(chats: readonly HistoryChat[], messagesMax: number): HistoryChat[][] {
  const portions: HistoryChat[][] = [];
  let room = 0;
  for (const { jid, messages } of chats) {
    for (let start = 0; start < messages.length;) {
      if (room === 0) {
        portions.push([]);
        room = messagesMax;
      }
      const part = messages.slice(start, start + room);
      start += part.length;
      room -= part.length;
      portions.at(-1)?.push({ jid, messages: part, hasMore: start < messages.length });
    }
  }
  return portions;
}

/** The protocol message of one chunk; the history is inside it, or on the media host when there is a store for it. */
export function chunkContent(directory: Directory, chunk: HistoryChunk, store?: MediaStore): proto.IMessage {
  const { syncType, chunkOrder, progress, requestId, filledBytes } = chunk;
  const history = proto.HistorySync.encode({
    syncType: proto.HistorySync.HistorySyncType[syncType],
    chunkOrder,
    progress,
    conversations: chunk.chats.map((chat) => conversationOf(directory, chat)),
    phoneNumberToLidMappings: chunk.chats.flatMap(({ jid }) => namesOf(directory, jid) ?? []),
    ...(filledBytes !== undefined && { threadIdUserSecret: Buffer.alloc(filledBytes) }),
  }).finish();
  const compressed = deflateSync(history);
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType[syncType],
        chunkOrder,
        progress,
        ...(store ? fileOf(store, compressed) : { initialHistBootstrapInlinePayload: compressed }),
        ...(requestId !== undefined && { peerDataRequestSessionId: requestId }),
      },
    },
  };
}

function fileOf(store: MediaStore, compressed: Uint8Array): proto.Message.IHistorySyncNotification {
  const { directPath, mediaKey, fileSha256, fileEncSha256, fileLength } = putBlob(
    store,
    'history',
    compressed,
  );
  return { directPath, mediaKey, fileSha256, fileEncSha256, fileLength };
}

function conversationOf(directory: Directory, { jid, messages, hasMore = false }: HistoryChat) {
  const account = directory.withJid(jid);
  const names = namesOf(directory, jid);
  const types = proto.Conversation.EndOfHistoryTransferType;
  return {
    id: jid,
    name: account?.name ?? null,
    conversationTimestamp: messages[0]?.timestamp ?? null,
    unreadCount: messages.filter(({ status }) => status === 'received').length,
    endOfHistoryTransfer: !hasMore,
    endOfHistoryTransferType: hasMore
      ? types.COMPLETE_BUT_MORE_MESSAGES_REMAIN_ON_PRIMARY
      : types.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY,
    ...(names && (parseJid(jid)?.addressing === 'lid' ? { pnJid: names.pnJid } : { lidJid: names.lidJid })),
    messages: messages.map((message) => ({
      message: webMessageOf(directory, message, jid),
    })),
  };
}

function namesOf(directory: Directory, jid: string): { pnJid: string; lidJid: string } | undefined {
  const account = directory.withJid(jid);
  if (account === undefined || account.isOtherNameHidden) return undefined;
  return { pnJid: account.jid('pn'), lidJid: account.jid('lid') };
}
