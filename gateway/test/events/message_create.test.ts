import assert from 'node:assert/strict';
import type { MessageData } from '@eazewa/sdk/events';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { plainText, secretOf } from './plain-text.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message_create', 'message']);
// A receipt may overtake the message that it is for.
carol.autoReceipts = false;
const [chat, own, lid] = ['491701234567@c.us', '4930111111@c.us', '153978989985921@lid'];

eventTest({ event: 'message_create', kind: 'received' }, async () => {
  const { id } = await carol.send(shop, 'Hi');
  const body = await created(id);
  const { timestamp } = body.data.message;
  const facts = { notifyName: 'Carol', deviceType: 'android' } as const;
  assert.deepEqual(body.data, {
    message: plainText({ id, fromMe: false, chat, own, lid, body: 'Hi', timestamp, ...facts }),
  });
  return body;
});

eventTest({ event: 'message_create', kind: 'written on the phone' }, async () => {
  const { id } = await shop.send(carol, 'from the handset');
  const body = await created(id);
  const { timestamp } = body.data.message;
  const facts = { deviceType: 'android' } as const;
  assert.deepEqual(body.data, {
    message: plainText({ id, fromMe: true, chat, own, lid, body: 'from the handset', timestamp, ...facts }),
  });
  return body;
});

eventTest({ event: 'message_create', kind: 'sent through the API' }, async () => {
  const { id, timestamp } = await send({ chatId: chat, message: 'Hello' });
  const body = await created(id.id);
  assert.deepEqual(body.data, {
    message: plainText({
      id: id.id,
      fromMe: true,
      chat,
      own,
      lid,
      body: 'Hello',
      timestamp,
      ack: 0,
      ...secretOf(body),
    }),
  });
  return body;
});

eventTest({ event: 'message_create', kind: 'sent through the API with mentions' }, async () => {
  const { id, timestamp } = await send({ chatId: chat, message: '@491701234567 look', mentions: [chat] });
  const body = await created(id.id);
  const text = '@491701234567 look';
  const plain = plainText({
    id: id.id,
    fromMe: true,
    chat,
    own,
    lid,
    body: text,
    timestamp,
    ack: 0,
    ...secretOf(body),
  });
  assert.deepEqual(body.data, {
    message: { ...plain, _data: { ...plain._data, mentionedJidList: [chat] }, mentionedIds: [chat] },
  });
  return body;
});

eventTest({ event: 'message_create', kind: 'sent through the API to a LID' }, async () => {
  const { id, timestamp } = await send({ chatId: lid, message: 'to a LID' });
  const body = await created(id.id);
  // Under the number, since that is known.
  assert.deepEqual(body.data, {
    message: plainText({
      id: id.id,
      fromMe: true,
      chat,
      own,
      lid,
      body: 'to a LID',
      timestamp,
      ack: 0,
      ...secretOf(body),
    }),
  });
  return body;
});

eventTest({ event: 'message_create', kind: 'note to oneself' }, async () => {
  const { id } = await shop.send(shop, 'milk');
  const body = await created(id);
  const { timestamp } = body.data.message;
  const facts = { deviceType: 'android', lid: '900000000000001@lid' } as const;
  assert.deepEqual(body.data, {
    message: plainText({ id, fromMe: true, chat: own, own, body: 'milk', timestamp, ...facts }),
  });
  return body;
});

function created(id: string) {
  return instance.body('message_create', ({ message }) => message.id.id === id);
}

async function send(message: { chatId: string; message: string; mentions?: string[] }): Promise<MessageData> {
  const { status, data } = await instance.act('send-message', message);
  assert.equal(status, 'success');
  return data as MessageData;
}
