import assert from 'node:assert/strict';

/** What JSON must look like: a type's name, `null`, a list of one kind, or an object; `?` ends the name of an optional key. */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'json'
  | null
  | readonly [Shape]
  | { readonly either: readonly Shape[] }
  | { readonly keys: Readonly<Record<string, Shape>> };

/** Fails unless the value has exactly the keys of the shape, in its order, with values of its types. */
export function assertShape(value: unknown, shape: Shape, path = 'data'): void {
  const problem = problemWith(value, shape, path);
  if (problem !== null) assert.fail(problem);
}

function problemWith(value: unknown, shape: Shape, path: string): string | null {
  if (shape === 'json') return value === undefined ? `${path} is undefined` : null;
  if (shape === null) return value === null ? null : `${path} is not null`;
  if (typeof shape === 'string') return typeof value === shape ? null : `${path} is no ${shape}`;
  if (isListShape(shape)) {
    if (!Array.isArray(value)) return `${path} is no list`;
    return first(value.map((item, index) => problemWith(item, shape[0], `${path}[${index}]`)));
  }
  if ('either' in shape) {
    return shape.either.some((one) => problemWith(value, one, path) === null) ? null : `${path} fits nothing`;
  }
  return problemWithKeys(value, shape.keys, path);
}

function isListShape(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function problemWithKeys(value: unknown, keys: Readonly<Record<string, Shape>>, path: string): string | null {
  if (typeof value !== 'object' || value === null) return `${path} is no object`;
  const members = new Map<string, unknown>(Object.entries(value));
  const allowed = Object.keys(keys).map((key) => key.replace('?', ''));
  const unknown = [...members.keys()].find((key) => !allowed.includes(key));
  if (unknown !== undefined) return `${path}.${unknown} is not in the contract`;
  if (allowed.filter((key) => members.has(key)).join() !== [...members.keys()].join())
    return `${path} is out of order`;
  return first(
    Object.entries(keys).map(([key, shape]) => {
      const name = key.replace('?', '');
      if (!members.has(name)) return key.endsWith('?') ? null : `${path}.${name} is missing`;
      return problemWith(members.get(name), shape, `${path}.${name}`);
    }),
  );
}

function first(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}

const messageId: Shape = {
  keys: {
    fromMe: 'boolean',
    remote: 'string',
    id: 'string',
    'participant?': 'string',
    _serialized: 'string',
  },
};
const links: Shape = [{ keys: { link: 'string', isSuspicious: 'boolean' } }];
const rawMedia = {
  'mimetype?': 'string',
  'directPath?': 'string',
  'mediaKey?': 'string',
  'mediaKeyTimestamp?': 'number',
  'filehash?': 'string',
  'encFilehash?': 'string',
  'size?': 'number',
  'caption?': 'string',
  'filename?': 'string',
  'width?': 'number',
  'height?': 'number',
  'duration?': 'string',
  'pageCount?': 'number',
  'deprecatedMms3Url?': 'string',
} as const;

/** `_data`, contract 2.2, and our own keys at its end. */
const rawMessage: Shape = {
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
    isForwarded: 'boolean',
    hasReaction: 'boolean',
    isEphemeral: 'boolean',
    isStatusV3: 'boolean',
    'isViewOnce?': 'boolean',
    'messageSecret?': 'json',
    'latestEditSenderTimestampMs?': 'number',
    'latestEditMsgKey?': messageId,
    links,
    ...rawMedia,
    'quotedMsg?': { keys: { type: 'string', body: 'string', ...rawMedia } },
    'quotedStanzaID?': 'string',
    'quotedParticipant?': 'string',
    'protocolMessageKey?': messageId,
    'revokeTimestamp?': 'number',
    'revokeSender?': 'string',
    'subtype?': 'string',
    'lid?': 'string',
    'content?': 'json',
    'incomplete?': 'boolean',
    'late?': 'boolean',
    'isMdHistoryMsg?': 'boolean',
    'error?': 'string',
  },
};

const location: Shape = {
  keys: {
    latitude: 'number',
    longitude: 'number',
    'name?': 'string',
    'address?': 'string',
    'url?': 'string',
    description: 'string',
  },
};

const groupInvite: Shape = {
  keys: {
    inviteCode: 'string',
    inviteCodeExp: 'number',
    groupId: 'string',
    groupName: 'string',
    fromId: 'string',
    toId: 'string',
  },
};

/** Contract 2.1, row by row. */
const message: Shape = {
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
    groupMentions: [{ keys: { groupSubject: 'string', groupJid: 'string' } }],
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
    links,
    'selectedButtonId?': 'string',
    'selectedRowId?': 'string',
    'pollName?': 'string',
    'pollOptions?': [{ keys: { name: 'string', localId: 'number' } }],
    'allowMultipleAnswers?': 'boolean',
    'pollInvalidated?': 'boolean',
    'isSentCagPollCreation?': 'boolean',
    'messageSecret?': ['number'],
  },
};

const reaction: Shape = {
  keys: {
    id: messageId,
    timestamp: 'number',
    reaction: 'string',
    read: 'boolean',
    msgId: messageId,
    senderId: 'string',
    ack: 'number',
  },
};

const vote: Shape = {
  keys: {
    voter: 'string',
    selectedOptions: [{ keys: { name: 'string', localId: 'number' } }],
    interractedAtTs: 'number',
    parentMessage: message,
    parentMsgKey: messageId,
  },
};

/** `data` of the events that are told today, contract 1.2. */
const notification: Shape = {
  keys: {
    id: messageId,
    body: 'string',
    type: 'string',
    timestamp: 'number',
    chatId: 'string',
    'author?': 'string',
    recipientIds: ['string'],
  },
};

const call: Shape = {
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
};

export const eventShapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['message', { keys: { message, media: null } }],
  ['message_create', { keys: { message } }],
  ['message_revoke_me', { keys: { message } }],
  ['message_revoke_everyone', { keys: { after: message, before: { either: [message, null] } } }],
  ['message_reaction', { keys: { reaction } }],
  ['message_edit', { keys: { message, newBody: 'string', prevBody: { either: ['string', null] } } }],
  ['vote_update', { keys: { vote } }],
  ['message_ack', { keys: { ack: 'number', message } }],
  ['group_join', { keys: { notification } }],
  ['group_leave', { keys: { notification } }],
  ['group_update', { keys: { notification } }],
  ['call', { keys: { call } }],
  ['loading_screen', { keys: { percent: 'number', message: 'string' } }],
  ['qr', { keys: { qr: 'string', base64: 'string' } }],
  ['authenticated', { keys: {} }],
  ['auth_failure', { keys: { message: 'string' } }],
  ['ready', { keys: { status: 'string' } }],
  ['disconnected', { keys: { reason: 'string' } }],
  ['change_state', { keys: { state: 'string' } }],
]);

/** Fails when the data of an event is not as the contract has it. */
export function assertEventShape(name: string, data: unknown): void {
  const shape = eventShapes.get(name);
  if (shape === undefined) throw new Error(`There is no event ${name}.`);
  assertShape(data, shape);
}
