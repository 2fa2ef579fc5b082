import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import type { Group } from '@eazewa/simulator';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';

const shopId = '4930111111@c.us';
const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const anna = simulator.addPhone({ name: 'Anna', number: '491701234567', lid: '153978989985921' });
const ben = simulator.addPhone({ name: 'Ben', number: '491702222222', lid: '153978989985922' });
/** From before the linking: no notification tells of it. */
const old = anna.createGroup('Old friends', [shop, ben]);
const instance = await world.link(shop, ['message', 'message_create', 'message_ack']);

/** Writes to the group by the API; gives the bare id. */
async function write(group: Group, message: string): Promise<string> {
  const { status, data } = await instance.act('send-message', { chatId: group.jid, message });
  assert.equal(status, 'success');
  return (data as MessageData).id.id;
}

/** The acks that were told of a message, in order. */
function acksOf(id: string): number[] {
  return instance.data('message_ack').flatMap(({ ack, message }) => (message.id.id === id ? [ack] : []));
}

/** Resolves with the body that tells this ack of the message. */
function acked(id: string, ack: number) {
  return instance.body('message_ack', (data) => data.message.id.id === id && data.ack === ack);
}

/** Resolves when everything in the group so far is taken. */
async function taken(group: Group): Promise<void> {
  const { id } = await anna.send(group, 'a mark');
  await instance.body('message', ({ message }) => message.id.id === id);
}

/** The ack with every field that follows from it. */
function assertWhole(
  data: Awaited<ReturnType<typeof acked>>['data'],
  ack: MessageData['ack'],
  created: MessageData,
): void {
  assert.deepEqual(data, { ack, message: { ...created, ack, _data: { ...created._data, ack } } });
}

async function createdOf(id: string): Promise<MessageData> {
  const { data } = await instance.body('message_create', ({ message }) => message.id.id === id);
  const { message } = data;
  const remote = message.to;
  assert.deepEqual(message.id, {
    fromMe: true,
    remote,
    id,
    participant: shopId,
    _serialized: `true_${remote}_${id}_${shopId}`,
  });
  return message;
}

eventTest({ event: 'message_ack', kind: 'in a group: the server has it' }, async () => {
  const id = await write(shop.createGroup('Server', [anna, ben]), 'one');
  const body = await acked(id, 1);
  assertWhole(body.data, 1, await createdOf(id));
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group: all have received it' }, async () => {
  const group = shop.createGroup('Received', [anna, ben]);
  ben.goOffline();
  const id = await write(group, 'two');
  await anna.waitForMessage((message) => message.id === id);
  await taken(group);
  assert.deepEqual(acksOf(id), [1]);
  ben.goOnline();
  const body = await acked(id, 2);
  assertWhole(body.data, 2, await createdOf(id));
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group: all have read it' }, async () => {
  const group = shop.createGroup('Read', [anna, ben]);
  const id = await write(group, 'three');
  await acked(id, 2);
  await anna.read(id);
  await taken(group);
  assert.deepEqual(acksOf(id), [1, 2]);
  await ben.read(id);
  const body = await acked(id, 3);
  assert.deepEqual(acksOf(id), [1, 2, 3]);
  assertWhole(body.data, 3, await createdOf(id));
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group: all have played it' }, async () => {
  const group = shop.createGroup('Played', [anna, ben]);
  const { id } = await shop.send(group, { audioMessage: { ptt: true, mimetype: 'audio/ogg', seconds: 2 } });
  await acked(id, 2);
  for (const phone of [anna, ben]) await phone.read(id);
  await acked(id, 3);
  anna.play(id);
  await taken(group);
  assert.deepEqual(acksOf(id), [2, 3]);
  ben.play(id);
  const body = await acked(id, 4);
  assertWhole(body.data, 4, await createdOf(id));
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group: written on the own phone' }, async () => {
  const group = shop.createGroup('At home', [anna, ben]);
  ben.goOffline();
  const { id } = await shop.send(group, 'from my phone');
  await anna.read(id);
  await taken(group);
  assert.deepEqual(acksOf(id), []);
  ben.goOnline();
  const body = await acked(id, 2);
  assertWhole(body.data, 2, await createdOf(id));
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group from before the linking' }, async () => {
  const id = await write(old, 'still there?');
  await acked(id, 2);
  for (const phone of [anna, ben]) await phone.read(id);
  const body = await acked(id, 3);
  assert.deepEqual(acksOf(id), [1, 2, 3]);
  return body;
});

eventTest({ event: 'message_ack', kind: 'in a group that names people by number' }, async () => {
  const group = shop.createGroup('By number', [anna, ben], { addressing: 'pn' });
  const id = await write(group, 'by number');
  await acked(id, 2);
  for (const phone of [anna, ben]) await phone.read(id);
  const body = await acked(id, 3);
  assertWhole(body.data, 3, await createdOf(id));
  return body;
});

for (const [kind, post] of [
  ['of a broadcast list', () => shop.sendToList([anna, ben], 'to you all')],
  ['of a status', () => shop.postStatus('a post', { to: [anna, ben] })],
] as const) {
  eventTest({ event: 'message_ack', kind: `${kind}: all have read it` }, async () => {
    ben.goOffline();
    const { id } = await post();
    const created = await instance.body('message_create', ({ message }) => message.id.id === id);
    await anna.waitForMessage((message) => message.id === id);
    await anna.read(id);
    ben.goOnline();
    await acked(id, 2);
    await ben.read(id);
    const body = await acked(id, 3);
    assert.deepEqual(acksOf(id), [2, 3]);
    assertWhole(body.data, 3, created.data.message);
    return body;
  });
}

test('who joins later is not waited for, who has left is', async () => {
  const group = shop.createGroup('Coming and going', [anna]);
  ben.goOffline();
  const early = await write(group, 'before Ben');
  shop.addToGroup(group, ben);
  const late = await write(group, 'with Ben');
  for (const id of [early, late]) {
    await anna.waitForMessage((message) => message.id === id);
    await anna.read(id);
  }
  await acked(early, 3);
  await taken(group);
  assert.deepEqual(acksOf(late), [1]);
  shop.removeFromGroup(group, ben);
  const alone = await write(group, 'without Ben');
  await anna.waitForMessage((message) => message.id === alone);
  await acked(alone, 2);
  assert.deepEqual(acksOf(late), [1]);
  ben.goOnline();
  await acked(late, 2);
});

test('receipts that come again, list several messages, or go back tell nothing twice', async () => {
  const group = shop.createGroup('Again', [anna]);
  anna.autoReceipts = false;
  const ids = [await write(group, 'first'), await write(group, 'second')] as const;
  for (const id of ids) await anna.waitForMessage((message) => message.id === id);
  const receipt = (type: string) => ({
    tag: 'receipt',
    attrs: {
      from: group.jid,
      participant: anna.lidJid,
      id: ids[0],
      t: '1700000000',
      ...(type && { type }),
    },
    content: [{ tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: ids[1] } }] }],
  });
  for (const type of ['', '', 'read', '', 'read']) simulator.inject(shop, receipt(type), { queued: false });
  await taken(group);
  for (const id of ids) assert.deepEqual(acksOf(id), [1, 2, 3]);
  anna.autoReceipts = true;
});

test('a receipt that overtakes the ack of the server tells that too', async () => {
  const group = shop.createGroup('Overtaken', [anna, ben]);
  const acks = simulator.holdAcks(shop);
  ben.goOffline();
  const sending = write(group, 'fast');
  const { id } = await anna.waitForMessage(({ text }) => text === 'fast');
  await acked(id, 1);
  acks.release();
  await sending;
  await taken(group);
  ben.goOnline();
  await acked(id, 2);
  assert.deepEqual(acksOf(id), [1, 2]);
});

test('who has confirmed before a restart of the gateway counts after it', async () => {
  const group = shop.createGroup('Restart', [anna, ben]);
  ben.goOffline();
  const id = await write(group, 'wait for Ben');
  await anna.waitForMessage((message) => message.id === id);
  await anna.read(id);
  await taken(group);
  await world.stopGateway();
  await world.startGateway();
  await instance.untilStatus('ready');
  ben.goOnline();
  await acked(id, 2);
  await ben.read(id);
  await acked(id, 3);
  assert.deepEqual(acksOf(id), [1, 2, 3]);
});
