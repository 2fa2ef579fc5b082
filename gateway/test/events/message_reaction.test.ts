import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, ReactionData } from '@eazewa/sdk/events';
import { encryptedReaction, type Phone } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { idIn } from './ids.ts';

const event = 'message_reaction';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, ['message_create', 'message_reaction', 'message_ack']);
const group = carol.createGroup('Club', [shop, dave]);
const shopId = '4930111111@c.us';
const carolId = '491701234567@c.us';
const daveId = '491702222222@c.us';

eventTest({ event, kind: 'set' }, async () => {
  const message = await shop.send(carol, 'offer');
  const own = await carol.react(message, '👍');
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction, {
    id: idIn(carolId, own.id, false),
    timestamp: body.data.reaction.timestamp,
    reaction: '👍',
    read: false,
    msgId: idIn(carolId, message.id, true),
    senderId: carolId,
    ack: 1,
  });
  assert.ok(Math.abs(body.data.reaction.timestamp - own.timestamp) <= 1);
  // Later news of the message know that it has a reaction.
  await carol.read(message.id);
  const { data } = await instance.body('message_ack', ({ ack, message: { id } }) => {
    return ack === 3 && id.id === message.id;
  });
  assert.equal(data.message.hasReaction, true);
  assert.equal(data.message._data.hasReaction, true);
  return body;
});

eventTest({ event, kind: 'changed' }, async () => {
  const message = await carol.send(shop, 'news');
  const first = await carol.react(message, '👍');
  const second = await carol.react(message, '❤️');
  await reactionOf(first.id);
  const body = await reactionOf(second.id);
  assert.deepEqual(shown(body.data.reaction), {
    id: second.id,
    reaction: '❤️',
    msgId: `false_${carolId}_${message.id}`,
    senderId: carolId,
    read: false,
  });
  return body;
});

eventTest({ event, kind: 'removed' }, async () => {
  const message = await shop.send(carol, 'an offer again');
  const first = await carol.react(message, '👍');
  const second = await carol.react(message, '');
  await reactionOf(first.id);
  const body = await reactionOf(second.id);
  assert.equal(body.data.reaction.reaction, '');
  assert.equal(body.data.reaction.msgId.id, message.id);
  await carol.read(message.id);
  const { data } = await instance.body('message_ack', ({ ack, message: { id } }) => {
    return ack === 3 && id.id === message.id;
  });
  assert.equal(data.message.hasReaction, false);
  return body;
});

eventTest({ event, kind: 'own, to a received message' }, async () => {
  const message = await carol.send(shop, 'for you');
  const own = await shop.react(message, '🙏');
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction, {
    id: idIn(carolId, own.id, true),
    timestamp: body.data.reaction.timestamp,
    reaction: '🙏',
    read: true,
    msgId: idIn(carolId, message.id, false),
    senderId: shopId,
    ack: 1,
  });
  return body;
});

eventTest({ event, kind: 'own, to an own message' }, async () => {
  const message = await shop.send(carol, 'to myself');
  const own = await shop.react(message, '😀');
  const body = await reactionOf(own.id);
  assert.equal(body.data.reaction.msgId._serialized, `true_${carolId}_${message.id}`);
  assert.equal(body.data.reaction.senderId, shopId);
  return body;
});

eventTest({ event, kind: 'in a group, to the own message' }, async () => {
  const message = await shop.send(group, 'hello all');
  await dave.waitForMessage(({ id }) => id === message.id);
  const own = await dave.react(message, '👏');
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction, {
    id: idIn(group.jid, own.id, false, daveId),
    timestamp: body.data.reaction.timestamp,
    reaction: '👏',
    read: false,
    msgId: idIn(group.jid, message.id, true, shopId),
    senderId: daveId,
    ack: 1,
  });
  return body;
});

eventTest({ event, kind: "in a group, to another member's message" }, async () => {
  const message = await carol.send(group, 'from Carol');
  const own = await dave.react(message, '👀');
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction.msgId, idIn(group.jid, message.id, false, carolId));
  assert.equal(body.data.reaction.senderId, daveId);
  return body;
});

eventTest({ event, kind: 'own, in a group' }, async () => {
  const message = await carol.send(group, 'to the shop');
  const own = await shop.react(message, '✅');
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction.id, idIn(group.jid, own.id, true, shopId));
  assert.deepEqual(body.data.reaction.msgId, idIn(group.jid, message.id, false, carolId));
  assert.equal(body.data.reaction.read, true);
  return body;
});

eventTest({ event, kind: 'by phone number, to a message by LID' }, async () => {
  const message = await carol.send(shop, 'mixed', { addressing: 'lid' });
  const own = await carol.react(message, '👌', { addressing: 'pn' });
  const body = await reactionOf(own.id);
  assert.equal(body.data.reaction.msgId._serialized, `false_${carolId}_${message.id}`);
  assert.equal(body.data.reaction.id._serialized, `false_${carolId}_${own.id}`);
  return body;
});

eventTest({ event, kind: 'in a chat by phone number' }, async () => {
  const message = await shop.send(carol, 'by number', { addressing: 'pn' });
  const own = await carol.react(message, '👌');
  const body = await reactionOf(own.id);
  assert.equal(body.data.reaction.msgId._serialized, `true_${carolId}_${message.id}`);
  return body;
});

eventTest({ event, kind: 'to a file' }, async () => {
  const message = await carol.send(shop, {
    imageMessage: { mimetype: 'image/jpeg', caption: 'look', directPath: '/v/x', mediaKey: Buffer.alloc(32) },
  });
  const own = await carol.react(message, '😍');
  const body = await reactionOf(own.id);
  assert.equal(body.data.reaction.msgId.id, message.id);
  return body;
});

eventTest({ event, kind: 'to a message that is not known' }, async () => {
  const own = await carol.send(shop, {
    reactionMessage: { key: { remoteJid: shop.lidJid, fromMe: false, id: '3EB0UNKNOWN' }, text: '👻' },
  });
  const body = await reactionOf(own.id);
  assert.deepEqual(body.data.reaction.msgId, idIn(carolId, '3EB0UNKNOWN', true));
  assert.equal(body.data.reaction.timestamp, own.timestamp);
  return body;
});

eventTest({ event, kind: 'encrypted under the secret of the message' }, async () => {
  const messageSecret = Buffer.alloc(32, 7);
  const message = await carol.send(group, {
    conversation: 'an announcement',
    messageContextInfo: { messageSecret },
  });
  await dave.waitForMessage(({ id }) => id === message.id);
  const own = await dave.send(group, sealedBy(dave, message));
  const body = await reactionOf(own.id);
  assert.equal(body.data.reaction.reaction, '🔒');
  assert.equal(body.data.reaction.senderId, daveId);
  assert.deepEqual(body.data.reaction.msgId, idIn(group.jid, message.id, false, carolId));
  return body;
});

function sealedBy(phone: Phone, message: { id: string }) {
  const { changes } = phone;
  return encryptedReaction(changes.keyOf(message), '🔒', changes.secretOf(message));
}

function reactionOf(id: string): Promise<EventBody & EventBodyOf<'message_reaction'>> {
  return instance.body('message_reaction', ({ reaction }) => reaction.id.id === id);
}

function shown({ id, reaction, msgId, senderId, read }: ReactionData) {
  return { id: id.id, reaction, msgId: msgId._serialized, senderId, read };
}
