/**
 * The wire contract: what a receiver's webhook gets. Everything here is the JSON of the request body; properties that
 * do not apply are absent, never `undefined`, and `null` only where the type says so.
 */

/** The names of all events, in the order of the documentation. A webhook's event filter takes these. */
export const eventNames = [
  'message',
  'loading_screen',
  'qr',
  'authenticated',
  'auth_failure',
  'ready',
  'disconnected',
  'message_create',
  'message_revoke_everyone',
  'message_revoke_me',
  'message_ack',
  'message_reaction',
  'media_uploaded',
  'group_join',
  'group_leave',
  'group_update',
  'change_state',
  'call',
  'message_edit',
  'vote_update',
] as const;

export type EventName = (typeof eventNames)[number];

/** Whether a text is the exact name of an event. */
export function isEventName(name: unknown): name is EventName {
  return eventNames.some((known) => known === name);
}

/** The body of a webhook request: one event of one instance. Narrow it by `event`. */
export type EventBody = { [Name in EventName]: EventBodyOf<Name> }[EventName];

/** The body of a webhook request that carries the event `Name`. */
export interface EventBodyOf<Name extends EventName> {
  readonly event: Name;
  /** The instance that it happened to: its number as text. */
  readonly instanceId: string;
  readonly data: EventData[Name];
}

/** What `data` is, by event name. */
export interface EventData {
  /** A message was received: from a person, a group, a channel or a status. Its `message_create` came before. */
  readonly message: { readonly message: MessageData; readonly media: MediaData | null };
  /** The instance is loading. `percent` is 0 to 100. */
  readonly loading_screen: { readonly percent: number; readonly message: string };
  /** A new QR code to scan: its text, and the picture of it as a PNG data URL. */
  readonly qr: { readonly qr: string; readonly base64: string };
  /** The number is linked, or its stored login was accepted. */
  readonly authenticated: Readonly<Record<string, never>>;
  /** WhatsApp refused the login. */
  readonly auth_failure: { readonly message?: string };
  /** Messages can be sent and received. It may come again after a reconnect. */
  readonly ready: { readonly status: 'ready' };
  /** The instance is disconnected and does not come back by itself. `reason` is `LOGOUT`, `CONFLICT`, `TOS_BLOCK`, ... */
  readonly disconnected: { readonly reason: string };
  /** A new message exists: received, sent through the API, or sent from another device of the number. */
  readonly message_create: { readonly message: MessageData };
  /** A message was deleted for everyone: as it is now, and as it was (null when that is not known). */
  readonly message_revoke_everyone: { readonly after: MessageData; readonly before: MessageData | null };
  /** A message was deleted only on the own devices: the message as it was. */
  readonly message_revoke_me: { readonly message: MessageData };
  /** A sent message reached the server (1) or the other side (2), was read (3) or played (4), or failed (-1). */
  readonly message_ack: { readonly ack: MessageAck; readonly message: MessageData };
  /** A reaction was sent, received, changed or removed (`reaction: ""`). */
  readonly message_reaction: { readonly reaction: ReactionData };
  /** The file of an own media message is uploaded. */
  readonly media_uploaded: { readonly message: MessageData };
  /** Somebody joined a group or was added. */
  readonly group_join: { readonly notification: GroupNotificationData };
  /** Somebody left a group or was removed. */
  readonly group_leave: { readonly notification: GroupNotificationData };
  /** A group's subject, description, picture, settings or admins changed. */
  readonly group_update: { readonly notification: GroupNotificationData };
  /** The state of the connection changed. */
  readonly change_state: { readonly state: ConnectionState };
  /** Somebody calls. Calls cannot be answered or refused through the API. */
  readonly call: { readonly call: CallData };
  /** A text, the caption of a file, an event or the question of a poll was changed. `prevBody` is null when it is not known. */
  readonly message_edit: {
    readonly message: MessageData;
    readonly newBody: string;
    readonly prevBody: string | null;
  };
  /** Somebody voted in a poll, changed the vote or took it back (no `selectedOptions`). */
  readonly vote_update: { readonly vote: VoteData };
}

/** How far a message is: -1 failed, 0 pending, 1 server has it, 2 delivered, 3 read, 4 played. */
export type MessageAck = -1 | 0 | 1 | 2 | 3 | 4;

/**
 * A message. Contact ids end in `@c.us` when the phone number is known, else in `@lid`; group ids in `@g.us`, channels
 * in `@newsletter`; a status has `status@broadcast`.
 */
export interface MessageData {
  /** The raw model: the same facts under WhatsApp Web's own names, and what has no other place. */
  readonly _data: RawMessageData;
  /** Base64 key of the file; only with media. */
  readonly mediaKey?: string;
  readonly id: MessageId;
  readonly ack: MessageAck;
  /** Whether there is a file to download. */
  readonly hasMedia: boolean;
  /** The text, a media message's caption, a document's name when it has none, a vCard's text, a poll's or an event's name; else `""`. */
  readonly body: string;
  readonly type: MessageType;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The chat of the sender's side: the contact, or the group; the own id for own messages. */
  readonly from: string;
  /** The own id for received messages; the chat for own ones. */
  readonly to: string;
  /** Who wrote it; only in groups, broadcasts and status. */
  readonly author?: string;
  /** Told from the message id: a guess. */
  readonly deviceType: 'android' | 'ios' | 'web';
  readonly isForwarded: boolean;
  /** How often it was forwarded on the way, 0 to 127. */
  readonly forwardingScore: number;
  readonly isStatus: boolean;
  readonly isStarred: boolean;
  readonly broadcast: boolean;
  readonly fromMe: boolean;
  readonly hasQuotedMsg: boolean;
  readonly hasReaction: boolean;
  /** Seconds, as text; only audio and video. */
  readonly duration?: string;
  readonly location?: LocationData;
  /** The vCards of contact messages. */
  readonly vCards: readonly string[];
  readonly inviteV4?: GroupInviteData;
  /** Contact ids. */
  readonly mentionedIds: readonly string[];
  readonly groupMentions: readonly GroupMentionData[];
  readonly orderId?: string;
  readonly token?: string;
  readonly isGif: boolean;
  /** Whether the chat's disappearing-messages timer applies to it. */
  readonly isEphemeral: boolean;
  readonly title?: string;
  readonly description?: string;
  readonly businessOwnerJid?: string;
  readonly productId?: string;
  /** Milliseconds since 1970; only edited messages. */
  readonly latestEditSenderTimestampMs?: number;
  readonly latestEditMsgKey?: MessageId;
  /** Only revoked messages: the id of the message that was deleted. */
  readonly protocolMessageKey?: MessageId;
  /** The links in the text. */
  readonly links: readonly LinkData[];
  /** The buttons under a business's text. */
  readonly dynamicReplyButtons?: readonly DynamicReplyButtonData[];
  readonly selectedButtonId?: string;
  readonly selectedRowId?: string;
  /** The question of a poll; this and the next ones only with type `poll_creation`. */
  readonly pollName?: string;
  readonly pollOptions?: readonly PollOptionData[];
  readonly allowMultipleAnswers?: boolean;
  readonly pollInvalidated?: boolean;
  readonly isSentCagPollCreation?: boolean;
  /** 32 bytes as numbers. */
  readonly messageSecret?: readonly number[];
}

/** `_serialized` is `<fromMe>_<remote>_<id>`, in groups, broadcasts and status also `_<participant>`. */
export interface MessageId {
  readonly fromMe: boolean;
  /** The chat. */
  readonly remote: string;
  readonly id: string;
  /** Who wrote it; only in groups, broadcasts and status. Of a change of a group: the first whom it was done to, else its author. */
  readonly participant?: string;
  readonly _serialized: string;
}

/** The raw model of a message, under WhatsApp Web's names. From `mentionedAs` on the keys are our own additions. */
export interface RawMessageData extends RawMediaData, RawKindData {
  readonly id: MessageId;
  readonly viewed: boolean;
  readonly body: string;
  readonly type: MessageType;
  /** Seconds since 1970. */
  readonly t: number;
  /** The name that the sender gave himself; absent when WhatsApp did not say it. */
  readonly notifyName?: string;
  readonly from: string;
  readonly to: string;
  readonly author?: string;
  readonly ack: MessageAck;
  readonly isNewMsg: boolean;
  readonly star: boolean;
  readonly recvFresh: boolean;
  readonly broadcast: boolean;
  /** Contact ids. */
  readonly mentionedJidList: readonly string[];
  /** Only when there are some. */
  readonly groupMentions?: readonly GroupMentionData[];
  /** 1 when it mentions everybody (`@all`). */
  readonly nonJidMentions?: number;
  readonly isForwarded: boolean;
  /** Only when it is not 0. */
  readonly forwardingScore?: number;
  readonly hasReaction: boolean;
  readonly isEphemeral: boolean;
  /** After how many seconds it disappears. */
  readonly ephemeralDuration?: number;
  readonly isStatusV3: boolean;
  /** A status that is shown to a group only; it is in the group's chat. */
  readonly isGroupStatus?: true;
  /** It can be looked at once, on the phone only; WhatsApp may keep the content from linked devices. */
  readonly isViewOnce?: boolean;
  /** The message's secret, which encrypts what is said about it later: 32 bytes as numbers by their place. */
  readonly messageSecret?: Readonly<Record<string, number>>;
  /** Milliseconds since 1970; only edited messages. */
  readonly latestEditSenderTimestampMs?: number;
  /** The id of the last edit; only edited messages. */
  readonly latestEditMsgKey?: MessageId;
  readonly links: readonly LinkData[];
  /** What it is a part of, such as an album: the id of that message of the same sender. */
  readonly parentMsgKey?: MessageId;
  /** How it belongs to `parentMsgKey`: `MEDIA_ALBUM`, `MEDIA_POLL`, `BOT_PLUGIN`, `HD_IMAGE_DUAL_UPLOAD`, ... */
  readonly associationType?: string;
  readonly quotedMsg?: QuotedMessageData;
  /** The bare id of the quoted message. */
  readonly quotedStanzaID?: string;
  /** Who wrote the quoted message. */
  readonly quotedParticipant?: string;
  /** Where the quoted message is, when that is another chat: `status@broadcast`, or a group that is answered privately. */
  readonly quotedRemoteJid?: string;
  /** The advertisement that led to the message. */
  readonly ctwaContext?: CtwaContextData;
  /** The broadcast list of the sender that a received message came by: `<digits>@broadcast`. */
  readonly broadcastId?: string;
  /** Only revoked messages: the id of the message that was deleted. */
  readonly protocolMessageKey?: MessageId;
  /** When it was deleted, in seconds since 1970. */
  readonly revokeTimestamp?: number;
  /** Who deleted it; in a channel that is the channel. */
  readonly revokeSender?: string;
  /** Of a deleted message: `sender` when its writer deleted it, `admin` when an admin of the group or channel did. */
  readonly subtype?: string;
  /**
   * Those in `mentionedJidList`, one by one, as the text names them: `@` and the digits before the `@`. Only when it names
   * somebody by LID whose phone number is known.
   */
  readonly mentionedAs?: readonly string[];
  /** The other side's LID (`<digits>@lid`): the chat's in 1:1 chats, the author's in groups; absent when not known. */
  readonly lid?: string;
  /** What WhatsApp's content object says, for everything but plain text; bytes as base64. */
  readonly content?: JsonObject;
  /** True when the content was never seen: only what an ack or the envelope tells of it is known. */
  readonly incomplete?: true;
  /** True when the message should have come earlier: the phone told it afterwards, out of order. */
  readonly late?: true;
  /** True for a message from before the number was linked, out of the phone's history: no event told of it. */
  readonly isMdHistoryMsg?: true;
  /** Why a sent message failed: WhatsApp's error code. */
  readonly error?: string;
  /** A link to the file; only in the events that tell a new message, and when the gateway knows its public address. */
  readonly mediaLink?: MediaLinkData;
}

/** "Click to WhatsApp": what was clicked on. `conversionData` and `thumbnail` are base64. */
export interface CtwaContextData {
  readonly conversionSource?: string;
  readonly conversionData?: string;
  readonly sourceUrl?: string;
  /** The text of the advertisement. */
  readonly description?: string;
  readonly title?: string;
  readonly thumbnail?: string;
  readonly thumbnailUrl?: string;
  /** 1 for a picture, 2 for a video. */
  readonly mediaType?: number;
  readonly mediaUrl?: string;
  readonly sourceApp?: string;
  readonly sourceId?: string;
  /** Our own addition: the id of the click. */
  readonly ctwaClid?: string;
}

/** What the raw model says of a file. Hashes and keys are base64. */
export interface RawMediaData {
  readonly mimetype?: string;
  readonly directPath?: string;
  readonly mediaKey?: string;
  readonly mediaKeyTimestamp?: number;
  readonly filehash?: string;
  readonly encFilehash?: string;
  /** Bytes. */
  readonly size?: number;
  readonly caption?: string;
  /** Only documents: whether the sender wrote the caption; else it is the file's name. */
  readonly isCaptionByUser?: boolean;
  readonly filename?: string;
  readonly width?: number;
  readonly height?: number;
  /** Seconds, as text. */
  readonly duration?: string;
  readonly pageCount?: number;
  readonly deprecatedMms3Url?: string;
}

/** What the raw model says beyond text and file, by the kind of message. Amounts are in thousandths of the currency. */
export interface RawKindData {
  /** Link previews, products, lists, buttons and templates. */
  readonly title?: string;
  readonly description?: string;
  /** The link of a link preview as it stands in the text. */
  readonly matchedText?: string;
  readonly footer?: string;
  readonly isGif?: true;
  /** Locations: degrees; `loc` is the name and the address in two lines, `clientUrl` the place's own link. */
  readonly lat?: number;
  readonly lng?: number;
  readonly loc?: string;
  readonly clientUrl?: string;
  /** A live location; it is told once, where it began. */
  readonly isLive?: true;
  /** Metres. */
  readonly accuracy?: number;
  /** Metres per second. */
  readonly speed?: number;
  /** The text beside a location or an invitation. */
  readonly comment?: string;
  /** Contacts. */
  readonly vcardFormattedName?: string;
  readonly vcardList?: readonly { readonly displayName?: string; readonly vcard: string }[];
  /** Invitations into groups. */
  readonly inviteCode?: string;
  /** Seconds since 1970. */
  readonly inviteCodeExp?: number;
  readonly inviteGrp?: string;
  readonly inviteGrpName?: string;
  /** Orders. */
  readonly orderId?: string;
  readonly token?: string;
  readonly orderTitle?: string;
  readonly itemCount?: number;
  readonly totalAmount1000?: number;
  readonly totalCurrencyCode?: string;
  readonly sellerJid?: string;
  /** Products. */
  readonly businessOwnerJid?: string;
  readonly productId?: string;
  readonly currencyCode?: string;
  readonly priceAmount1000?: number;
  readonly retailerId?: string;
  readonly url?: string;
  /** Payments. */
  readonly paymentCurrency?: string;
  readonly paymentAmount1000?: number;
  readonly paymentMessageReceiverJid?: string;
  readonly paymentNoteMsg?: { readonly body: string };
  /** Buttons, templates, and the answers to them. */
  readonly isDynamicReplyButtonsMsg?: true;
  readonly dynamicReplyButtons?: readonly DynamicReplyButtonData[];
  readonly isFromTemplate?: true;
  readonly hydratedButtons?: readonly JsonObject[];
  readonly selectedButtonId?: string;
  readonly listResponse?: ListResponseData;
  /** What stands above an interactive message. */
  readonly interactiveHeader?: InteractiveHeaderData;
  /** Polls. */
  readonly pollName?: string;
  readonly pollOptions?: readonly PollOptionData[];
  /** 0 is as many as one likes. */
  readonly pollSelectableOptionsCount?: number;
  readonly pollInvalidated?: boolean;
  readonly isSentCagPollCreation?: boolean;
  /** Events. Times are seconds since 1970. */
  readonly eventName?: string;
  readonly isEventCanceled?: boolean;
  readonly eventDescription?: string;
  readonly eventStartTime?: number;
  readonly eventEndTime?: number;
  readonly eventLocation?: {
    readonly degreesLatitude: number;
    readonly degreesLongitude: number;
    readonly name: string;
  };
  readonly eventJoinLink?: string;
}

/** A button under a business's text. */
export interface DynamicReplyButtonData {
  readonly buttonId: string;
  readonly buttonText: { readonly displayText: string };
  /** 1 answers with its text. */
  readonly type: number;
}

/** The row of a list that somebody chose. */
export interface ListResponseData {
  readonly title?: string;
  /** WhatsApp's number for the kind of list: 1 is "choose one". */
  readonly listType?: number;
  readonly singleSelectReply: { readonly selectedRowId: string };
  readonly description?: string;
}

/** `mediaType` is what its file is, which makes the message's `hasMedia`. */
export interface InteractiveHeaderData {
  readonly title?: string;
  readonly subtitle?: string;
  readonly hasMediaAttachment: boolean;
  readonly mediaType?: 'IMAGE' | 'VIDEO' | 'DOCUMENT';
}

/** The message that a message answers, as its sender quoted it. */
export interface QuotedMessageData extends RawMediaData, RawKindData {
  readonly type: MessageType;
  readonly body: string;
}

/** Text is `chat`, a voice note `ptt`. */
export type MessageType =
  | 'chat'
  | 'audio'
  | 'ptt'
  | 'image'
  | 'album'
  | 'video'
  | 'document'
  | 'sticker'
  | 'location'
  | 'vcard'
  | 'multi_vcard'
  | 'order'
  | 'revoked'
  | 'product'
  | 'unknown'
  | 'groups_v4_invite'
  | 'list'
  | 'list_response'
  | 'buttons_response'
  | 'payment'
  | 'broadcast_notification'
  | 'call_log'
  | 'ciphertext'
  | 'debug'
  | 'e2e_notification'
  | 'gp2'
  | 'group_notification'
  | 'hsm'
  | 'interactive'
  | 'native_flow'
  | 'notification'
  | 'notification_template'
  | 'oversized'
  | 'protocol'
  | 'reaction'
  | 'template_button_reply'
  | 'poll_creation'
  | 'scheduled_event_creation';

/** The file of a message. */
export interface MediaData {
  readonly mimetype: string;
  /** Base64. */
  readonly data: string;
  readonly filename?: string | null;
  /** Bytes. */
  readonly filesize?: number | null;
}

/** Where the file of a message is fetched without a token, until the link expires. */
export interface MediaLinkData {
  readonly url: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface LinkData {
  readonly link: string;
  /** Whether the link's host mixes alphabets so that it may pretend to be another. */
  readonly isSuspicious: boolean;
}

export interface LocationData {
  readonly latitude: number;
  readonly longitude: number;
  readonly name?: string;
  readonly address?: string;
  readonly url?: string;
  /** Name and address in two lines, or `""`. */
  readonly description: string;
}

export interface GroupInviteData {
  readonly inviteCode: string;
  /** Seconds since 1970. */
  readonly inviteCodeExp: number;
  readonly groupId: string;
  readonly groupName: string;
  readonly fromId: string;
  readonly toId: string;
}

export interface GroupMentionData {
  readonly groupSubject: string;
  readonly groupJid: string;
}

export interface PollOptionData {
  readonly name: string;
  readonly localId: number;
}

export interface ReactionData {
  /** The id of the reaction's own message. */
  readonly id: MessageId;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The emoji; `""` when it was removed. */
  readonly reaction: string;
  /** True for own reactions. */
  readonly read: boolean;
  /** The message that was reacted to. */
  readonly msgId: MessageId;
  /** Who reacts. */
  readonly senderId: string;
  readonly ack?: MessageAck;
}

/** A vote: all that the voter has chosen now. */
export interface VoteData {
  readonly voter: string;
  readonly selectedOptions: readonly SelectedOptionData[];
  /** Milliseconds since 1970. */
  readonly interractedAtTs: number;
  /** The poll. */
  readonly parentMessage: MessageData;
  readonly parentMsgKey: MessageId;
}

/** An option of the poll; `{ name: "", localId: -1 }` for one that the poll did not have when it was told. */
export interface SelectedOptionData {
  readonly name: string;
  readonly localId: number;
}

export interface GroupNotificationData {
  readonly id: MessageId;
  /** The new subject, description or setting (`on`, seconds, a code, ...); `""` for what concerns people. */
  readonly body: string;
  /** What happened: `add`, `invite`, `remove`, `leave`, `create`, `promote`, `demote`, `subject`, `picture`, ... */
  readonly type: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly chatId: string;
  /** Who did it; absent when that is not known. */
  readonly author?: string;
  /** Whom it was done to. */
  readonly recipientIds: readonly string[];
}

export interface CallData {
  readonly id: string;
  readonly from: string;
  /** When the call was offered, in seconds since 1970. */
  readonly timestamp: number;
  readonly isVideo: boolean;
  readonly isGroup: boolean;
  readonly fromMe: boolean;
  readonly canHandleLocally: boolean;
  readonly webClientShouldHandle: boolean;
  readonly participants: readonly string[];
}

/** WhatsApp Web's words for the state of a connection. */
export type ConnectionState =
  | 'CONFLICT'
  | 'CONNECTED'
  | 'DEPRECATED_VERSION'
  | 'OPENING'
  | 'PAIRING'
  | 'PROXYBLOCK'
  | 'SMB_TOS_BLOCK'
  | 'TIMEOUT'
  | 'TOS_BLOCK'
  | 'UNLAUNCHED'
  | 'UNPAIRED'
  | 'UNPAIRED_IDLE';

/** Anything that JSON can say. */
export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
