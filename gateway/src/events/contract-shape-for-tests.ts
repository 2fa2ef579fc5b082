import type {
  CallData,
  CtwaContextData,
  DynamicReplyButtonData,
  EventData,
  EventName,
  GroupInviteData,
  GroupMentionData,
  GroupNotificationData,
  InteractiveHeaderData,
  LinkData,
  ListResponseData,
  LocationData,
  MediaData,
  MessageData,
  MessageId,
  PollOptionData,
  QuotedMessageData,
  RawKindData,
  RawMediaData,
  RawMessageData,
  ReactionData,
  SelectedOptionData,
  VoteData,
} from '@eazewa/sdk/events';
import { assertShape, type ShapeOf } from './shape-for-tests.ts';

export { assertShape } from './shape-for-tests.ts';

const messageId = {
  keys: {
    fromMe: 'boolean',
    remote: 'string',
    id: 'string',
    'participant?': 'string',
    _serialized: 'string',
  },
} as const satisfies ShapeOf<MessageId>;

const link = { keys: { link: 'string', isSuspicious: 'boolean' } } as const satisfies ShapeOf<LinkData>;
const groupMention = {
  keys: { groupSubject: 'string', groupJid: 'string' },
} as const satisfies ShapeOf<GroupMentionData>;
const pollOption = { keys: { name: 'string', localId: 'number' } } as const satisfies ShapeOf<PollOptionData>;
const button = {
  keys: { buttonId: 'string', buttonText: { keys: { displayText: 'string' } }, type: 'number' },
} as const satisfies ShapeOf<DynamicReplyButtonData>;

const listResponse = {
  keys: {
    'title?': 'string',
    'listType?': 'number',
    singleSelectReply: { keys: { selectedRowId: 'string' } },
    'description?': 'string',
  },
} as const satisfies ShapeOf<ListResponseData>;
const interactiveHeader = {
  keys: {
    'title?': 'string',
    'subtitle?': 'string',
    hasMediaAttachment: 'boolean',
    'mediaType?': 'string',
  },
} as const satisfies ShapeOf<InteractiveHeaderData>;

const rawMedia = {
  keys: {
    'mimetype?': 'string',
    'directPath?': 'string',
    'mediaKey?': 'string',
    'mediaKeyTimestamp?': 'number',
    'filehash?': 'string',
    'encFilehash?': 'string',
    'size?': 'number',
    'caption?': 'string',
    'isCaptionByUser?': 'boolean',
    'filename?': 'string',
    'width?': 'number',
    'height?': 'number',
    'duration?': 'string',
    'pageCount?': 'number',
    'deprecatedMms3Url?': 'string',
  },
} as const satisfies ShapeOf<RawMediaData>;

const rawKind = {
  keys: {
    'title?': 'string',
    'description?': 'string',
    'matchedText?': 'string',
    'footer?': 'string',
    'isGif?': 'boolean',
    'lat?': 'number',
    'lng?': 'number',
    'loc?': 'string',
    'clientUrl?': 'string',
    'isLive?': 'boolean',
    'accuracy?': 'number',
    'speed?': 'number',
    'comment?': 'string',
    'vcardFormattedName?': 'string',
    'vcardList?': [{ keys: { 'displayName?': 'string', vcard: 'string' } }],
    'inviteCode?': 'string',
    'inviteCodeExp?': 'number',
    'inviteGrp?': 'string',
    'inviteGrpName?': 'string',
    'orderId?': 'string',
    'token?': 'string',
    'orderTitle?': 'string',
    'itemCount?': 'number',
    'totalAmount1000?': 'number',
    'totalCurrencyCode?': 'string',
    'sellerJid?': 'string',
    'businessOwnerJid?': 'string',
    'productId?': 'string',
    'currencyCode?': 'string',
    'priceAmount1000?': 'number',
    'retailerId?': 'string',
    'url?': 'string',
    'paymentCurrency?': 'string',
    'paymentAmount1000?': 'number',
    'paymentMessageReceiverJid?': 'string',
    'paymentNoteMsg?': { keys: { body: 'string' } },
    'isDynamicReplyButtonsMsg?': 'boolean',
    'dynamicReplyButtons?': [button],
    'isFromTemplate?': 'boolean',
    'hydratedButtons?': ['json'],
    'selectedButtonId?': 'string',
    'listResponse?': listResponse,
    'interactiveHeader?': interactiveHeader,
    'pollName?': 'string',
    'pollOptions?': [pollOption],
    'pollSelectableOptionsCount?': 'number',
    'pollInvalidated?': 'boolean',
    'isSentCagPollCreation?': 'boolean',
    'eventName?': 'string',
    'isEventCanceled?': 'boolean',
    'eventDescription?': 'string',
    'eventStartTime?': 'number',
    'eventEndTime?': 'number',
    'eventLocation?': { keys: { degreesLatitude: 'number', degreesLongitude: 'number', name: 'string' } },
    'eventJoinLink?': 'string',
  },
} as const satisfies ShapeOf<RawKindData>;

const quotedMessage = {
  inAnyOrder: true,
  keys: { type: 'string', body: 'string', ...rawMedia.keys, ...rawKind.keys },
} as const satisfies ShapeOf<QuotedMessageData>;

const advertisement = {
  keys: {
    'conversionSource?': 'string',
    'conversionData?': 'string',
    'sourceUrl?': 'string',
    'description?': 'string',
    'title?': 'string',
    'thumbnail?': 'string',
    'thumbnailUrl?': 'string',
    'mediaType?': 'number',
    'mediaUrl?': 'string',
    'sourceApp?': 'string',
    'sourceId?': 'string',
    'ctwaClid?': 'string',
  },
} as const satisfies ShapeOf<CtwaContextData>;

/** `_data`, contract 2.2, and our own keys at its end. */
const rawMessage = {
  inAnyOrder: true,
  keys: {
    id: messageId,
    viewed: 'boolean',
    body: 'string',
    type: 'string',
    t: 'number',
    'notifyName?': 'string',
    from: 'string',
    to: 'string',
    'author?': 'string',
    ack: 'number',
    isNewMsg: 'boolean',
    star: 'boolean',
    recvFresh: 'boolean',
    broadcast: 'boolean',
    mentionedJidList: ['string'],
    'groupMentions?': [groupMention],
    'nonJidMentions?': 'number',
    isForwarded: 'boolean',
    'forwardingScore?': 'number',
    hasReaction: 'boolean',
    isEphemeral: 'boolean',
    'ephemeralDuration?': 'number',
    isStatusV3: 'boolean',
    'isGroupStatus?': 'boolean',
    'isViewOnce?': 'boolean',
    'messageSecret?': { of: 'number' },
    'latestEditSenderTimestampMs?': 'number',
    'latestEditMsgKey?': messageId,
    links: [link],
    ...rawMedia.keys,
    ...rawKind.keys,
    'parentMsgKey?': messageId,
    'associationType?': 'string',
    'quotedMsg?': quotedMessage,
    'quotedStanzaID?': 'string',
    'quotedParticipant?': 'string',
    'quotedRemoteJid?': 'string',
    'ctwaContext?': advertisement,
    'broadcastId?': 'string',
    'protocolMessageKey?': messageId,
    'revokeTimestamp?': 'number',
    'revokeSender?': 'string',
    'subtype?': 'string',
    'mentionedAs?': ['string'],
    'lid?': 'string',
    'content?': 'json',
    'incomplete?': 'boolean',
    'late?': 'boolean',
    'isMdHistoryMsg?': 'boolean',
    'error?': 'string',
    'mediaLink?': { keys: { url: 'string', expiresAt: 'number' } },
  },
} as const satisfies ShapeOf<RawMessageData>;

const location = {
  keys: {
    latitude: 'number',
    longitude: 'number',
    'name?': 'string',
    'address?': 'string',
    'url?': 'string',
    description: 'string',
  },
} as const satisfies ShapeOf<LocationData>;

const groupInvite = {
  keys: {
    inviteCode: 'string',
    inviteCodeExp: 'number',
    groupId: 'string',
    groupName: 'string',
    fromId: 'string',
    toId: 'string',
  },
} as const satisfies ShapeOf<GroupInviteData>;

/** Contract 2.1, row by row and in its order. */
const message = {
  keys: {
    _data: rawMessage,
    'mediaKey?': 'string',
    id: messageId,
    ack: 'number',
    hasMedia: 'boolean',
    body: 'string',
    type: 'string',
    timestamp: 'number',
    from: 'string',
    to: 'string',
    'author?': 'string',
    deviceType: 'string',
    isForwarded: 'boolean',
    forwardingScore: 'number',
    isStatus: 'boolean',
    isStarred: 'boolean',
    broadcast: 'boolean',
    fromMe: 'boolean',
    hasQuotedMsg: 'boolean',
    hasReaction: 'boolean',
    'duration?': 'string',
    'location?': location,
    vCards: ['string'],
    'inviteV4?': groupInvite,
    mentionedIds: ['string'],
    groupMentions: [groupMention],
    'orderId?': 'string',
    'token?': 'string',
    isGif: 'boolean',
    isEphemeral: 'boolean',
    'title?': 'string',
    'description?': 'string',
    'businessOwnerJid?': 'string',
    'productId?': 'string',
    'latestEditSenderTimestampMs?': 'number',
    'latestEditMsgKey?': messageId,
    'protocolMessageKey?': messageId,
    links: [link],
    'dynamicReplyButtons?': [button],
    'selectedButtonId?': 'string',
    'selectedRowId?': 'string',
    'pollName?': 'string',
    'pollOptions?': [pollOption],
    'allowMultipleAnswers?': 'boolean',
    'pollInvalidated?': 'boolean',
    'isSentCagPollCreation?': 'boolean',
    'messageSecret?': ['number'],
  },
} as const satisfies ShapeOf<MessageData>;

const media = {
  keys: {
    mimetype: 'string',
    data: 'string',
    'filename?': { either: ['string', null] },
    'filesize?': { either: ['number', null] },
  },
} as const satisfies ShapeOf<MediaData>;

const reaction = {
  keys: {
    id: messageId,
    timestamp: 'number',
    reaction: 'string',
    read: 'boolean',
    msgId: messageId,
    senderId: 'string',
    'ack?': 'number',
  },
} as const satisfies ShapeOf<ReactionData>;

const notification = {
  keys: {
    id: messageId,
    body: 'string',
    type: 'string',
    timestamp: 'number',
    chatId: 'string',
    'author?': 'string',
    recipientIds: ['string'],
  },
} as const satisfies ShapeOf<GroupNotificationData>;

const call = {
  keys: {
    id: 'string',
    from: 'string',
    timestamp: 'number',
    isVideo: 'boolean',
    isGroup: 'boolean',
    fromMe: 'boolean',
    canHandleLocally: 'boolean',
    webClientShouldHandle: 'boolean',
    participants: ['string'],
  },
} as const satisfies ShapeOf<CallData>;

const vote = {
  keys: {
    voter: 'string',
    selectedOptions: [
      { keys: { name: 'string', localId: 'number' } } as const satisfies ShapeOf<SelectedOptionData>,
    ],
    interractedAtTs: 'number',
    parentMessage: message,
    parentMsgKey: messageId,
  },
} as const satisfies ShapeOf<VoteData>;

/** `data` of each event, contract 1.2. */
const shapes: { readonly [Name in EventName]: ShapeOf<EventData[Name]> } = {
  message: { keys: { message, media: { either: [null, media] } } },
  loading_screen: { keys: { percent: 'number', message: 'string' } },
  qr: { keys: { qr: 'string', base64: 'string' } },
  authenticated: { keys: {} },
  auth_failure: { keys: { 'message?': 'string' } },
  ready: { keys: { status: 'string' } },
  disconnected: { keys: { reason: 'string' } },
  message_create: { keys: { message } },
  message_revoke_everyone: { keys: { after: message, before: { either: [null, message] } } },
  message_revoke_me: { keys: { message } },
  message_ack: { keys: { ack: 'number', message } },
  message_reaction: { keys: { reaction } },
  media_uploaded: { keys: { message } },
  group_join: { keys: { notification } },
  group_leave: { keys: { notification } },
  group_update: { keys: { notification } },
  change_state: { keys: { state: 'string' } },
  call: { keys: { call } },
  message_edit: {
    inAnyOrder: true,
    keys: { message, newBody: 'string', prevBody: { either: ['string', null] } },
  },
  vote_update: { keys: { vote } },
};

/** The shapes by event name. */
export const eventShapes: ReadonlyMap<string, ShapeOf<object>> = new Map(Object.entries(shapes));

/** Fails when the data of an event is not as the contract has it. */
export function assertEventShape(name: string, data: unknown): void {
  const shape = eventShapes.get(name);
  if (shape === undefined) throw new Error(`There is no event ${name}.`);
  assertShape(data, shape);
}
