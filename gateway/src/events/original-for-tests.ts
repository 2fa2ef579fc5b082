import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { EventBody, MessageData } from '@eazewa/sdk/events';
import { differences, type Structure } from './differences-for-tests.ts';

/**
 * Fails when the data of an event is not what whatsapp-web.js would make. Its own classes, as its package ships them,
 * build each structure once more: a message out of our `_data`, the others out of a model that has every value. What
 * they set must be what we send, in the same order, except for what `differences` lists with a reason.
 */
export function assertAsOriginal(body: EventBody): void {
  switch (body.event) {
    case 'message':
      assertMessage(body.data.message);
      if (body.data.media !== null) assertKeys('MessageMedia', body.data.media);
      return;
    case 'message_create':
    case 'message_revoke_me':
    case 'message_ack':
    case 'media_uploaded':
    case 'message_edit':
      assertMessage(body.data.message);
      return;
    case 'message_revoke_everyone':
      assertMessage(body.data.after);
      if (body.data.before !== null) assertMessage(body.data.before);
      return;
    case 'message_reaction':
      assertKeys('Reaction', body.data.reaction);
      return;
    case 'group_join':
    case 'group_leave':
    case 'group_update':
      assertKeys('GroupNotification', body.data.notification);
      return;
    case 'call':
      assertKeys('Call', body.data.call);
      return;
    case 'vote_update':
      assertKeys('PollVote', body.data.vote);
      assertMessage(body.data.vote.parentMessage);
      return;
    // Plain values: the original hands them to its listeners as they are.
    case 'qr':
    case 'loading_screen':
    case 'authenticated':
    case 'auth_failure':
    case 'ready':
    case 'disconnected':
    case 'change_state':
      return;
  }
}

/** A message as the original's class makes it out of a raw model, as JSON. */
function originalMessage(raw: object): unknown {
  return asJson(new Original.Message(null, structuredClone(raw)));
}

function assertMessage(message: MessageData): void {
  assert.equal(
    JSON.stringify(message, null, 1),
    JSON.stringify(originalMessage(message._data), null, 1),
    'whatsapp-web.js makes another message (the second) of the same _data',
  );
}

/** Every key that the original's class sets, in its order. */
function assertKeys(name: Exclude<Structure, 'Message' | 'MessageId'>, ours: object): void {
  const { leftOut = {} } = differences[name] as { readonly leftOut?: object };
  const set = Object.keys(asJson(full[name]()) as object);
  const known = set.filter((key) => !(key in leftOut));
  const own = Object.keys(ours);
  assert.deepEqual(
    own.filter((key) => !known.includes(key)),
    [],
    `${name}: whatsapp-web.js has no such keys`,
  );
  assert.deepEqual(
    own,
    known.filter((key) => own.includes(key)),
    `${name}: the order of whatsapp-web.js`,
  );
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

type Class = new (...values: unknown[]) => object;
const load = createRequire(import.meta.url);

/** The original's classes, without its browser. */
const Original = {
  get Message() {
    return structure('Message');
  },
};

function structure(name: string): Class {
  return load(`whatsapp-web.js/src/structures/${name}`) as Class;
}

/** Each structure with all that its class can take. */
const full: Readonly<Record<Exclude<Structure, 'Message' | 'MessageId'>, () => object>> = {
  MessageMedia: () => new (structure('MessageMedia'))('image/png', '', 'a.png', 1),
  Location: () => new (structure('Location'))(1, 2, { name: 'n', address: 'a', url: 'u' }),
  Reaction: () =>
    new (structure('Reaction'))(null, {
      msgKey: {},
      orphan: 0,
      orphanReason: 'r',
      timestamp: 1,
      reactionText: 'x',
      read: true,
      parentMsgKey: {},
      senderUserJid: 's',
      ack: 1,
    }),
  GroupNotification: () =>
    new (structure('GroupNotification'))(null, {
      id: { remote: 'r' },
      body: 'b',
      subtype: 's',
      t: 1,
      author: 'a',
      recipients: ['r'],
    }),
  Call: () =>
    new (structure('Call'))(null, {
      id: 'i',
      peerJid: 'p',
      offerTime: 1,
      isVideo: true,
      isGroup: true,
      outgoing: true,
      canHandleLocally: true,
      webClientShouldHandle: true,
      participants: [],
    }),
  PollVote: () =>
    new (structure('PollVote'))(null, {
      sender: 's',
      selectedOptionLocalIds: [],
      senderTimestampMs: 1,
      parentMessage: { id: {}, type: 'poll_creation' },
      parentMsgKey: {},
    }),
};
