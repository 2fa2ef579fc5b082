import type { Account, Device } from '../account.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import { chatsOf, chunkContent, portionsOf } from '../history-chunks.ts';
import type { HistoryChat, HistoryChunk, HistorySyncType } from '../history-chunks.ts';
import { isGroupJid } from '../jid.ts';
import type { Addressing } from '../jid.ts';
import { createMessageId, textContent, textOfContent } from '../message-content.ts';
import type { Network } from '../network.ts';
import type { PhoneMessage, PhoneMessages } from './messages.ts';
import type { PhoneOutbox } from './outbox.ts';
import type { proto } from '../stanza/codec.ts';
import { chatNameOf } from '../web-message.ts';

/** A message that the handset has from earlier; nothing goes over the network for it. */
export interface EarlierMessage {
  readonly text?: string;
  /** Any content, instead of a text. */
  readonly content?: proto.IMessage;
  /** Which member of a group wrote it; the first other one when left out. */
  readonly from?: Who;
  /** Received, unless this is true. */
  readonly fromMe?: boolean;
  readonly id?: string;
  /** Seconds since 1970; now when left out. */
  readonly timestamp?: number;
  readonly addressing?: Addressing;
}

export interface HistoryOptions {
  /** The linked device that gets it; all of them when left out. */
  device?: number;
  /** `RECENT`, unless said otherwise. */
  syncType?: HistorySyncType;
  /** Only this chat: a phone, a number, a jid, or the jid of a group. */
  chat?: Who;
  /** Only messages from this second on. */
  since?: number;
  /** At most so many messages in one chunk (500). */
  chunkMessages?: number;
  /** The chunks are files on the media host, as real ones are; as `isOnMediaHost` says when left out. */
  onMediaHost?: boolean;
  /** Each chunk is filled up with so many bytes, which are nearly nothing until it is unpacked. */
  filledBytes?: number;
}

interface HistoryDependencies {
  readonly phone: Device & { readonly system: 'android' | 'ios' };
  readonly network: Network;
  readonly messages: PhoneMessages;
  readonly outbox: PhoneOutbox;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

type OnDemandRequest = proto.Message.PeerDataOperationRequestMessage.IHistorySyncOnDemandRequest;

/** What a handset tells its linked devices about the past. */
export class PhoneHistory {
  /** Whether a newly linked device gets the chats so far; otherwise it gets a history without any. */
  isShared = false;
  /** At most so many messages in one chunk of what a newly linked device gets. */
  chunkMessages = 500;
  /** Whether histories are files on the media host, as real ones are, instead of inside their messages. */
  isOnMediaHost = false;
  readonly #phone: HistoryDependencies['phone'];
  readonly #network: Network;
  readonly #messages: PhoneMessages;
  readonly #outbox: PhoneOutbox;
  readonly #checkOnline: () => void;

  constructor({ phone, network, messages, outbox, checkOnline }: HistoryDependencies) {
    this.#phone = phone;
    this.#network = network;
    this.#messages = messages;
    this.#outbox = outbox;
    this.#checkOnline = checkOnline;
  }

  /**
   * Puts messages of the past into the chat with somebody or the group with that jid, on this handset only. Throws
   * `unknown_phone`, `unknown_group`.
   */
  remember(chat: Who, messages: readonly EarlierMessage[]): PhoneMessage[] {
    const group = typeof chat === 'string' && isGroupJid(chat) ? this.#network.groups.get(chat) : undefined;
    const own = this.#phone.account;
    const other = group ? group.accounts.find((account) => account !== own) : this.#find(chat);
    return messages.map(({ text = '', content = textContent(text), fromMe = false, from, ...message }) => {
      const writer = fromMe ? own : from === undefined ? other : this.#find(from);
      return this.#messages.put({
        id: message.id ?? createMessageId(this.#phone.system),
        from: (writer ?? own).number,
        to: group?.jid ?? (fromMe ? (other ?? own) : own).number,
        ...(group && { group: group.jid }),
        fromMe,
        device: 0,
        addressing: message.addressing ?? 'lid',
        timestamp: message.timestamp ?? Math.floor(Date.now() / 1000),
        text: textOfContent(content),
        content,
        status: fromMe ? 'sent' : 'received',
        failedDecryptions: 0,
      });
    });
  }

  /**
   * Sends chunks with what the handset has, as it does after a companion was away for long. Gives how many chunks and
   * messages each companion gets. Throws `unknown_phone`, `phone_offline`.
   */
  send(options: HistoryOptions = {}): { chunks: number; messages: number } {
    this.#checkOnline();
    const { device, syncType = 'RECENT', chunkMessages = 500 } = options;
    const messages = this.#selected(options);
    const portions = portionsOf(chatsOf(this.#network.directory, messages), chunkMessages);
    for (const companion of this.#phone.account.devices.values()) {
      if (companion === this.#phone || (device !== undefined && companion.id !== device)) continue;
      this.#sendChunks(companion, syncType, portions, options);
    }
    const counts = portions.flat().map((chat) => chat.messages.length);
    return { chunks: portions.length, messages: counts.reduce((sum, count) => sum + count, 0) };
  }

  /**
   * What a companion waits for after its first login: every chat with its newest message at once, then, in chunks, all
   * messages. Without `isShared` a history without chats.
   */
  welcome(companion: Device): void {
    const chats = this.isShared ? chatsOf(this.#network.directory, this.#messages.all()) : [];
    const first = chats.map(({ jid, messages }) => ({ jid, messages: messages.slice(0, 1), hasMore: true }));
    this.#sendChunks(companion, 'INITIAL_BOOTSTRAP', [first]);
    this.#sendChunks(companion, 'RECENT', portionsOf(chats, this.chunkMessages));
  }

  /** Answers a companion that asks for messages of a chat before the one that it names. */
  answer(companion: Device, requestId: string, request: OnDemandRequest): void {
    const chat = this.#olderThan(request);
    if (!chat) return;
    const about = { syncType: 'ON_DEMAND', chats: [chat], chunkOrder: 1, progress: 100, requestId } as const;
    this.#sendChunk(companion, about, this.isOnMediaHost);
  }

  #sendChunks(
    companion: Device,
    syncType: HistorySyncType,
    portions: readonly HistoryChat[][],
    { onMediaHost = this.isOnMediaHost, filledBytes }: HistoryOptions = {},
  ): void {
    portions.forEach((chats, i) => {
      const progress = Math.round((100 * (i + 1)) / portions.length);
      const chunk = { syncType, chats, chunkOrder: i + 1, progress };
      this.#sendChunk(
        companion,
        { ...chunk, ...(filledBytes !== undefined && { filledBytes }) },
        onMediaHost,
      );
    });
  }

  #sendChunk(companion: Device, chunk: HistoryChunk, onMediaHost: boolean): void {
    const { directory, media } = this.#network;
    this.#outbox.sendPeer(companion, chunkContent(directory, chunk, onMediaHost ? media : undefined));
  }

  #selected({ chat, since = 0 }: HistoryOptions): PhoneMessage[] {
    const name = chat === undefined ? undefined : this.#nameOf(chat);
    return this.#messages
      .all()
      .filter((message) => name === undefined || chatNameOf(message) === name)
      .filter(({ timestamp }) => timestamp >= since);
  }

  #find(who: Who): Account {
    return findAccount(this.#network.directory, who);
  }

  #nameOf(chat: Who): string {
    if (typeof chat === 'string' && isGroupJid(chat)) return chat;
    return findAccount(this.#network.directory, chat).number;
  }

  #olderThan(request: OnDemandRequest): HistoryChat | undefined {
    const { chatJid, oldestMsgId, oldestMsgTimestampMs, onDemandMsgCount } = request;
    const isKnown = isGroupJid(chatJid ?? undefined) || this.#network.directory.withJid(chatJid ?? undefined);
    if (!isKnown || !chatJid) return undefined;
    const [chat] = chatsOf(this.#network.directory, this.#selected({ chat: chatJid }));
    const messages = chat?.messages ?? [];
    const at = messages.findIndex(({ id }) => id === oldestMsgId);
    // A handset that does not know the named message goes by its time.
    const older =
      at === -1
        ? messages.filter(({ timestamp }) => timestamp * 1000 < Number(oldestMsgTimestampMs ?? Infinity))
        : messages.slice(at + 1);
    const count = onDemandMsgCount ?? 50;
    return { jid: chatJid, messages: older.slice(0, count), hasMore: older.length > count };
  }
}
