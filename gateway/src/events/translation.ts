import type { ConnectionState, EventData, EventName, MessageAck, MessageData } from '@eazewa/sdk/events';

/** A stanza as the wire gave it. Attributes are text; content is children, bytes or nothing. */
export interface Stanza {
  readonly tag: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly content?: readonly Stanza[] | Uint8Array | string | undefined;
}

/** One inbox row, decoded. What `events/` translates. */
export type InboxRow =
  /** A receipt, notification, call or ack, as it came. */
  | { readonly kind: 'stanza'; readonly seq: number; readonly receivedAt: number; readonly stanza: Stanza }
  /** A `<message>` and its decrypted content; `content` is null when it could not be decrypted, `problem` says why. */
  | {
      readonly kind: 'message';
      readonly seq: number;
      readonly receivedAt: number;
      readonly stanza: Stanza;
      readonly content: MessageContent | null;
      readonly problem?: string | null;
    }
  | HistoryRow
  | PastRow
  /** One change of the settings that the own devices share. */
  | {
      readonly kind: 'app-state';
      readonly seq: number;
      readonly receivedAt: number;
      readonly change: AppStateChange;
    }
  /** The server's ack of a message of ours; what it says was stored before it left. */
  | { readonly kind: 'sent'; readonly seq: number; readonly receivedAt: number; readonly stanza: Stanza }
  /** Something that happened to the connection; no stanza exists. */
  | {
      readonly kind: 'lifecycle';
      readonly seq: number;
      readonly receivedAt: number;
      readonly change: Lifecycle;
    };

/** Messages of one chat that the own phone tells afterwards: out of its history, or because they were asked for. */
export interface HistoryRow extends PastMessages {
  readonly kind: 'history';
}

/** Messages of one chat from before the number was linked: no news, but later events may speak of them. */
export interface PastRow extends PastMessages {
  readonly kind: 'past';
}

interface PastMessages {
  readonly seq: number;
  readonly receivedAt: number;
  /** Wire jid. */
  readonly chat: string;
  /** Oldest first. */
  readonly messages: readonly PastMessage[];
}

export type Lifecycle =
  | { readonly is: 'qr'; readonly code: string; readonly base64: string }
  | { readonly is: 'loading_screen'; readonly percent: number; readonly message: string }
  | { readonly is: 'authenticated' }
  | { readonly is: 'auth_failure'; readonly message: string }
  | { readonly is: 'ready' }
  | { readonly is: 'disconnected'; readonly reason: string }
  | { readonly is: 'change_state'; readonly state: ConnectionState };

/** A message as the own phone keeps it (WAProto's `WebMessageInfo`). */
export interface PastMessage {
  readonly id: string;
  readonly fromMe: boolean;
  /** Wire jid of who wrote it, in groups; null elsewhere. */
  readonly participant: string | null;
  /** Seconds since 1970; null when it is not said. */
  readonly timestamp: number | null;
  readonly pushName: string | null;
  /** WAProto's `WebMessageInfo.Status`: one more than the ack that it stands for. */
  readonly status: number | null;
  /** null for what has none, such as a change of a group. */
  readonly content: MessageContent | null;
  /** What is said about it at that time. */
  readonly reactions?: readonly PastReaction[];
  /** Of a poll. */
  readonly votes?: readonly PastVote[];
  /** When it is deleted for everyone: who did it, when that is said. */
  readonly deletion?: PastDeletion | null;
  readonly isStarred?: boolean;
}

/** Who says something about a message, as the own phone has it; `participant` is a wire jid, null in chats of two. */
interface PastWriter {
  /** The bare id of the own message that it came in. */
  readonly id: string;
  readonly fromMe: boolean;
  readonly participant: string | null;
  /** Milliseconds since 1970; null when it is not said. */
  readonly atMs: number | null;
}

export interface PastReaction extends PastWriter {
  readonly text: string;
}

export interface PastVote extends PastWriter {
  /** The chosen options by the SHA-256 of their names. */
  readonly hashes: readonly Uint8Array[];
}

export interface PastDeletion {
  /** Wire jid of the admin that did it; null when it was the writer. */
  readonly by: string | null;
  /** Seconds since 1970; null when it is not said. */
  readonly at: number | null;
}

/** A mutation of an app-state collection, decrypted. */
export interface AppStateChange {
  readonly collection: string;
  /** The collection's version that the change belongs to. */
  readonly version: number;
  /** What it is about: the action's name, then the chat, message, ... */
  readonly index: readonly string[];
  readonly operation: 'set' | 'remove';
  /** Of `star`: whether the message has one now. */
  readonly isStarred?: boolean;
}

/**
 * A decrypted WhatsApp `Message` protobuf as plain JSON-like data: camelCase field names of WAProto, bytes as
 * `Uint8Array`, 64-bit numbers as numbers.
 */
export type MessageContent = { readonly [field: string]: unknown };

/** Who the instance is. Jids without device. */
export interface Own {
  readonly instanceId: number;
  /** `<digits>@s.whatsapp.net`. */
  readonly phone: string;
  /** `<digits>@lid`; null while unknown. */
  readonly lid: string | null;
}

/** What a row needs to be translated: the first pure step. The drain fetches it. */
export interface Needs {
  /** Wire jid of the chat (no device) whose lane the row belongs to; null for the instance's own lane. */
  readonly chat: string | null;
  /** LIDs whose phone form is wanted, and phone jids whose LID is. */
  readonly addresses: readonly string[];
  /** Messages that the row speaks of: they must be known first. */
  readonly messages: readonly MessageRef[];
  /** Ids of messages of ours whose stored content is needed when they are not told yet. */
  readonly outgoing: readonly string[];
  /** Ids of messages of ours whose recipients are wanted; `chat` is where they were sent. */
  readonly recipientsOf?: readonly string[];
  /** Whether the roles of the members of `chat`, a group, are wanted. */
  readonly roles?: true;
  /** Pairs of LID and phone that the row itself tells; they are stored before the translation. */
  readonly learned: readonly { readonly lid: string; readonly phone: string }[];
}

/** What the drain fetched for a row. */
export interface Context {
  readonly own: Own;
  /** The other form of an address: LID to phone and phone to LID. */
  readonly otherForm: ReadonlyMap<string, string>;
  /** Stored messages by `<fromMe>_<id>`, for `Needs.messages`. */
  readonly messages: ReadonlyMap<string, StoredMessage>;
  /** What programs asked us to send, by message id, for `Needs.outgoing`. */
  readonly outgoing: ReadonlyMap<string, StoredOutgoing>;
  /** Who shall get messages of ours, by message id, for `Needs.recipientsOf`. */
  readonly recipients: ReadonlyMap<string, Recipients>;
  /** For `Needs.roles`: by wire jid, when the members are known. */
  readonly roles?: ReadonlyMap<string, GroupMember['role']>;
  /** Until the offline messages have arrived, what speaks of an unknown message waits. */
  readonly offlineSyncEnded: boolean;
  /** Decodes one protobuf `Message` without padding, for content that is encrypted once more. @throws Error for others. */
  readonly decodeContent: (bytes: Uint8Array) => MessageContent;
}

/** A message of a chat that is known from the context. */
export interface MessageRef {
  readonly id: string;
  readonly fromMe: boolean;
}

export interface StoredMessage {
  readonly id: string;
  readonly fromMe: boolean;
  /**
   * The number of the chat that the store has it under, once it has it. It stays there when that chat and another one turn out
   * to be one, which goes on under the older number.
   */
  readonly chatId?: number;
  readonly ack: number;
  readonly data: MessageData;
  /** Who reacted to it and how, by contact id; a reaction that was removed stays, with an empty text. */
  readonly reactions?: Readonly<Record<string, StoredReaction>>;
  /** Who voted in it, by contact id, with the vote that counts. */
  readonly votes?: Readonly<Record<string, StoredVote>>;
  /** What was said about it under its secret while nobody knew that, oldest first: it is told after the message. */
  readonly sealed?: readonly HeldChange[];
  /** What was said about it while its content was still to come, oldest first: it is told after the message. */
  readonly held?: readonly HeldChange[];
  /** Its content will hardly ever come: what is said about it is told without it. */
  readonly isGivenUp?: true;
  /**
   * It is none for receivers, but a reaction, an edit, ... of the own account. Kept since WhatsApp confirms it like a
   * message, which is no news.
   */
  readonly isNoMessage?: true;
}

export interface StoredReaction {
  /** The bare id of the reaction's own message. */
  readonly id: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export interface StoredVote {
  /** The bare id of the vote's own message. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** A reaction, an edit, a vote, ... as it came. */
export interface HeldChange {
  /** The number of the inbox row that is parked as long as this cannot be told. */
  readonly parkedSeq?: number;
  /** The bare id of its own message. */
  readonly id: string;
  /** Wire jids without device. */
  readonly address: { readonly chat: string; readonly sender: string; readonly fromMe: boolean };
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly notifyName?: string;
  /** Without wrappers. */
  readonly content: MessageContent;
  /** What was known of who is who. */
  readonly pairs: readonly { readonly lid: string; readonly phone: string }[];
}

/** A message of ours, stored before it left. */
export interface StoredOutgoing {
  readonly id: string;
  /** Wire jid of the chat. */
  readonly to: string;
  readonly content: MessageContent;
  readonly createdAt: number;
}

/** A member of a group: wire jid without device, by LID when it is known. */
export interface GroupMember {
  readonly jid: string;
  /** `superadmin` is who founded it. */
  readonly role: 'member' | 'admin' | 'superadmin';
}

/** What changes of what is known of a group; `group` is its wire jid. */
export type GroupChange =
  /** The whole group as it is now. */
  | {
      readonly is: 'known';
      readonly group: string;
      readonly subject: string;
      readonly members: readonly GroupMember[];
    }
  | { readonly is: 'subject'; readonly group: string; readonly subject: string }
  /** These are members, new or with another role. */
  | { readonly is: 'members'; readonly group: string; readonly members: readonly GroupMember[] }
  /** These are no members any more; people may be named by both of their addresses. */
  | { readonly is: 'left'; readonly group: string; readonly members: readonly string[] }
  /** The own number is no member any more, or there is no such group. */
  | { readonly is: 'gone'; readonly group: string };

/** One of many recipients has an own message: 2 received, 3 read, 4 played. */
export interface Confirmation {
  readonly messageId: string;
  /** Wire jid without device, by LID when it is known. */
  readonly recipient: string;
  readonly ack: MessageAck;
}

/** Who gets an own message to many. */
export interface Recipients {
  /** Whether all of them are known; else these are only who has confirmed it. */
  readonly isComplete: boolean;
  /** How far the message is with each, by wire jid: 1 when that one has confirmed nothing yet. */
  readonly acks: ReadonlyMap<string, number>;
}

/** What to write for a row: the second pure step. */
export type Translation =
  | {
      readonly do: 'record';
      readonly events: readonly EventDraft[];
      readonly messages: readonly StoredMessage[];
      /** Messages that had been known without their content until now. */
      readonly resolved?: readonly MessageRef[];
      /** How many of the messages should have come earlier. */
      readonly late?: number;
      /** What of it could not be told, and why. */
      readonly note?: string;
      /** The row stays visible: what it says cannot be told yet. */
      readonly isParked?: boolean;
      /** Numbers of parked rows whose events are among these. */
      readonly unparked?: readonly number[];
      /** What is known of groups from now on. */
      readonly groups?: readonly GroupChange[];
      /** Who gets own messages that are new, where the stanza says it; of groups the store knows. */
      readonly sentTo?: readonly { readonly messageId: string; readonly recipients: readonly string[] }[];
      /** How far single recipients of own messages are. */
      readonly confirmations?: readonly Confirmation[];
    }
  /** A message without its content: a record that it was there, until the content is found. */
  | {
      readonly do: 'placeholder';
      readonly reason: string;
      readonly message: StoredMessage;
      /** Wire jids without device, to ask for the content by. */
      readonly chat: string;
      readonly sender: string;
    }
  /** It speaks of a message that is not known yet. */
  | { readonly do: 'wait'; readonly reason: string }
  /**
   * Nothing for receivers. The reason starts with a word that says why: `internal`, `repeated`, `not told yet`,
   * `undecryptable`; `malformed` and `unknown` deserve a look.
   */
  | {
      readonly do: 'ignore';
      readonly reason: string;
      /** What later rows need to know all the same. */
      readonly messages?: readonly StoredMessage[];
    };

/** An event before it is recorded. */
export type EventDraft = {
  [Name in EventName]: {
    readonly name: Name;
    readonly data: EventData[Name];
    /** Two drafts of the same identity are the same event; null is always a new one (lifecycle). */
    readonly identity: string | null;
    /** The bare id of the message that it is about, for those who look for it; it is not sent. */
    readonly messageId?: string;
  };
}[EventName];
