import assert from 'node:assert/strict';
import type { MessageAck, MessageData } from '@eazewa/sdk/events';
import { startWorld } from '../support/world.ts';
import { eventTest } from './event-test.ts';
import { plainText, secretOf } from './plain-text.ts';

const world = await startWorld();
const { simulator } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, ['message_ack']);
const [chat, own, lid] = ['491701234567@c.us', '4930111111@c.us', '153978989985921@lid'];
carol.autoReceipts = false;

/** Each level of a message that a program sends, and what brings it there. */
const levels: readonly { kind: string; ack: MessageAck; reach: (id: string) => unknown }[] = [
  { kind: 'sent', ack: 1, reach: () => undefined },
  { kind: 'delivered', ack: 2, reach: (id) => carol.confirm(id) },
  { kind: 'read', ack: 3, reach: (id) => carol.read(id) },
  { kind: 'played', ack: 4, reach: (id) => receipt(id, 'played') },
];

for (const { kind, ack, reach } of levels) {
  eventTest({ event: 'message_ack', kind }, async () => {
    const { id, timestamp } = await send(kind);
    await arrived(kind);
    await reach(id.id);
    const body = await acked(id.id, ack);
    assert.deepEqual(body.data, {
      ack,
      message: plainText({
        id: id.id,
        fromMe: true,
        chat,
        own,
        lid,
        body: kind,
        timestamp,
        ack,
        ...secretOf(body),
      }),
    });
    assert.deepEqual(Object.keys(body.data), ['ack', 'message']);
    return body;
  });
}

eventTest({ event: 'message_ack', kind: 'failed' }, async () => {
  const held = simulator.holdAcks(shop);
  const sending = instance.act('send-message', { chatId: chat, message: 'refused' });
  const id = await arrived('refused');
  const attrs = { class: 'message', id, from: carol.jid, t: now(), error: '479' };
  simulator.inject(shop, { tag: 'ack', attrs }, { queued: false });
  const body = await acked(id, -1);
  held.release();
  await sending;
  const { timestamp } = body.data.message;
  const plain = plainText({
    id,
    fromMe: true,
    chat,
    own,
    lid,
    body: 'refused',
    timestamp,
    ack: -1,
    ...secretOf(body),
  });
  assert.deepEqual(body.data, { ack: -1, message: { ...plain, _data: { ...plain._data, error: '479' } } });
  return body;
});

eventTest({ event: 'message_ack', kind: 'written on the phone, delivered' }, async () => {
  const { id } = await shop.send(carol, 'from the handset');
  await arrived('from the handset');
  carol.confirm(id);
  const body = await acked(id, 2);
  const { timestamp } = body.data.message;
  const facts = { ack: 2, deviceType: 'android' } as const;
  assert.deepEqual(body.data, {
    ack: 2,
    message: plainText({ id, fromMe: true, chat, own, lid, body: 'from the handset', timestamp, ...facts }),
  });
  return body;
});

eventTest({ event: 'message_ack', kind: 'of a message that nobody saw' }, async () => {
  const id = '3EB0123456789ABCDEF012';
  receipt(id, 'read');
  const body = await acked(id, 3);
  const { timestamp } = body.data.message;
  const plain = plainText({ id, fromMe: true, chat, own, lid, body: '', timestamp, ack: 3 });
  assert.deepEqual(body.data, {
    ack: 3,
    message: { ...plain, _data: { ...plain._data, type: 'unknown', incomplete: true }, type: 'unknown' },
  });
  return body;
});

async function send(message: string): Promise<MessageData> {
  const { status, data } = await instance.act('send-message', { chatId: chat, message });
  assert.equal(status, 'success');
  return data as MessageData;
}

/** Resolves with the id when Carol has it. */
async function arrived(text: string): Promise<string> {
  return (await carol.waitForMessage((message) => message.text === text)).id;
}

function receipt(id: string, type: string): void {
  simulator.inject(shop, { tag: 'receipt', attrs: { from: lid, id, type, t: now() } });
}

function now(): string {
  return String(Math.floor(Date.now() / 1000));
}

function acked(id: string, ack: MessageAck) {
  return instance.body('message_ack', (data) => data.message.id.id === id && data.ack === ack);
}
