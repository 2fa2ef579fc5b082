import assert from 'node:assert/strict';
import type { EventBody, EventBodyOf, MessageData } from '@eazewa/sdk/events';
import { revoke } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { raw, told } from './expected-message.ts';
import { idIn } from './ids.ts';

const event = 'message_revoke_everyone';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const dave = simulator.addPhone({ name: 'Dave', number: '491702222222', lid: '153978989985922' });
const instance = await world.link(shop, ['message_create', event, 'message_ack', 'message_edit']);
const group = carol.createGroup('Club', [shop, dave]);
carol.promoteInGroup(group, shop);
const shopId = '4930111111@c.us';
const carolId = '491701234567@c.us';
const daveId = '491702222222@c.us';

eventTest({ event, kind: 'by its writer' }, async () => {
  const message = await carol.send(shop, 'a secret https://example.com');
  const before = await created(message.id);
  const { timestamp } = await carol.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  const after = afterOf(before, body, { revokeSender: carolId, subtype: 'sender' });
  assert.deepEqual(body.data, { after, before });
  assert.ok(Math.abs((after._data.revokeTimestamp ?? 0) - timestamp) <= 1);
  assert.deepEqual(after.id, idIn(carolId, message.id, false));
  return body;
});

eventTest({ event, kind: 'own' }, async () => {
  const message = await shop.send(carol, 'a wrong price');
  const before = await created(message.id);
  carol.autoReceipts = false;
  await shop.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  const { after } = body.data;
  assert.deepEqual(after, afterOf(before, body, { revokeSender: shopId, subtype: 'sender' }, after.ack));
  assert.equal(body.data.before?.body, 'a wrong price');
  // Later news of the message have nothing of it any more.
  await carol.read(message.id);
  carol.autoReceipts = true;
  const { data } = await instance.body('message_ack', ({ ack, message: { id } }) => {
    return ack === 3 && id.id === message.id;
  });
  assert.equal(data.message.type, 'revoked');
  assert.equal(data.message.body, '');
  return body;
});

eventTest({ event, kind: 'in a group, by its writer' }, async () => {
  const message = await dave.send(group, 'wrong group');
  const before = await created(message.id);
  await dave.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  assert.deepEqual(body.data, {
    after: afterOf(before, body, { revokeSender: daveId, subtype: 'sender' }),
    before,
  });
  assert.deepEqual(body.data.after.protocolMessageKey, idIn(group.jid, message.id, false, daveId));
  return body;
});

eventTest({ event, kind: 'in a group, by an admin' }, async () => {
  const message = await dave.send(group, 'spam');
  const before = await created(message.id);
  await carol.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  assert.deepEqual(body.data, {
    after: afterOf(before, body, { revokeSender: carolId, subtype: 'admin' }),
    before,
  });
  return body;
});

eventTest({ event, kind: 'in a group, by an admin, of an own message' }, async () => {
  const message = await shop.send(group, 'buy now');
  const before = await created(message.id);
  await carol.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  const { after } = body.data;
  assert.deepEqual(after, afterOf(before, body, { revokeSender: carolId, subtype: 'admin' }, after.ack));
  assert.deepEqual(after.id, idIn(group.jid, message.id, true, shopId));
  return body;
});

eventTest({ event, kind: 'in a group, by the own number as admin' }, async () => {
  const message = await dave.send(group, 'more spam');
  const before = await created(message.id);
  await shop.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  assert.deepEqual(body.data, {
    after: afterOf(before, body, { revokeSender: shopId, subtype: 'admin' }),
    before,
  });
  return body;
});

eventTest({ event, kind: 'a file' }, async () => {
  const message = await carol.send(shop, {
    imageMessage: {
      mimetype: 'image/jpeg',
      caption: 'a cat',
      directPath: '/v/x',
      mediaKey: Buffer.alloc(32),
    },
  });
  const before = await created(message.id);
  await carol.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  assert.equal(body.data.before?.mediaKey, before.mediaKey);
  const { after } = body.data;
  assert.deepEqual([after.hasMedia, after.mediaKey, after._data.directPath], [false, undefined, undefined]);
  return body;
});

eventTest({ event, kind: 'after an edit' }, async () => {
  const message = await carol.send(shop, 'one');
  await carol.edit(message, 'two');
  await carol.deleteForEveryone(message);
  const body = await revokeOf(message.id);
  assert.equal(body.data.before?.body, 'two');
  return body;
});

eventTest({ event, kind: 'by phone number, of a message by LID' }, async () => {
  const message = await carol.send(shop, 'mixed', { addressing: 'lid' });
  await carol.deleteForEveryone(message, { addressing: 'pn' });
  const body = await revokeOf(message.id);
  assert.equal(body.data.before?.body, 'mixed');
  assert.equal(body.data.after.id._serialized, `false_${carolId}_${message.id}`);
  return body;
});

eventTest({ event, kind: 'of a message that is not known' }, async () => {
  const key = { remoteJid: shop.lidJid, fromMe: true, id: '3AUNKNOWN' };
  await carol.send(shop, revoke(key));
  const body = await revokeOf('3AUNKNOWN');
  assert.equal(body.data.before, null);
  const { after } = body.data;
  assert.deepEqual(after.id, idIn(carolId, '3AUNKNOWN', false));
  assert.equal(after.type, 'revoked');
  assert.equal(after._data.incomplete, true);
  return body;
});

eventTest({ event, kind: 'once, and not by a stranger' }, async () => {
  const message = await shop.send(carol, 'mine');
  const key = { remoteJid: shop.lidJid, fromMe: false, id: message.id };
  await carol.send(shop, revoke(key));
  await shop.deleteForEveryone(message);
  await shop.send(carol, revoke(shop.changes.keyOf(message)));
  const { id } = await shop.send(carol, 'after it');
  await created(id);
  const all = instance.requests(event).filter(({ bytes }) => bytes.includes(message.id));
  assert.equal(all.length, 1);
  const body = await revokeOf(message.id);
  assert.equal(body.data.after._data.revokeSender, shopId);
  return body;
});

/** What a message is when it was deleted. */
function afterOf(
  before: MessageData,
  { data }: EventBodyOf<'message_revoke_everyone'>,
  how: { revokeSender: string; subtype: string },
  ack = before.ack,
): MessageData {
  const { id, from, to, timestamp, deviceType, fromMe, author } = before;
  const { notifyName, lid } = before._data;
  const [own, chat] = fromMe ? [from, to] : [to, from];
  const parties = { id: id.id, own, chat, fromMe, timestamp, ...(author !== undefined && { author }) };
  const message = { ...told(parties, { type: 'revoked', body: '', ack, deviceType }), id };
  return {
    _data: {
      ...raw(message, notifyName === undefined ? {} : { notifyName }),
      protocolMessageKey: id,
      revokeTimestamp: data.after._data.revokeTimestamp!,
      ...how,
      ...(lid === undefined ? {} : { lid }),
    },
    ...message,
    protocolMessageKey: id,
  };
}

async function created(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  return data.message;
}

function revokeOf(id: string): Promise<EventBody & EventBodyOf<'message_revoke_everyone'>> {
  return instance.body(event, ({ after }) => after.id.id === id);
}
