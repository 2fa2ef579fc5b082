import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from './needs.ts';
import { anna, contextWith, drainOf, own, receipt, recorded, sentAck, stanza } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { EventDraft, StoredOutgoing, Translation } from './translation.ts';

const id = '3EB0AAAAAAAAAAAAAAAAAA';
const toAnna: StoredOutgoing = {
  id,
  to: anna.phone,
  content: { extendedTextMessage: { text: 'Hello' } },
  createdAt: 1_669_994_898_500,
};
const outgoing = new Map([[id, toAnna]]);

test('a sent message is message_create with ack 0, then message_ack with 1', () => {
  const { events, messages } = recorded(translate(sentAck(), contextWith({ outgoing })));
  assert.deepEqual(namesAndAcks(events), [
    ['message_create', 0],
    ['message_ack', 1],
  ]);
  const [, acked] = events;
  assert.ok(acked?.name === 'message_ack');
  const { ack, message } = acked.data;
  assert.equal(JSON.stringify(Object.keys(acked.data)), '["ack","message"]');
  assert.equal(ack, 1);
  assert.equal(message._data.ack, 1);
  assert.equal(message.body, 'Hello');
  assert.equal(message.from, '491709999999@c.us');
  assert.equal(message.to, anna.id);
  assert.equal(message.timestamp, 1669994898);
  assert.equal(message.deviceType, 'web');
  assert.equal(message.id._serialized, `true_${anna.id}_${id}`);
  assert.deepEqual(messages, [{ id, fromMe: true, ack: 1, data: message }]);
});

test('a message that the server refuses is message_create, then message_ack with -1 and the error code', () => {
  const { events } = recorded(translate(sentAck({ error: '463' }), contextWith({ outgoing })));
  assert.deepEqual(namesAndAcks(events), [
    ['message_create', 0],
    ['message_ack', -1],
  ]);
  const [, acked] = events;
  assert.ok(acked?.name === 'message_ack');
  assert.equal(acked.data.message._data.error, '463');
});

test('a message goes from sent to delivered, read and played, and each step is told once', () => {
  const drain = drainOf({ outgoing, otherForm: new Map([[anna.lid, anna.phone]]) });
  const steps = [
    sentAck(),
    receipt({}),
    receipt({}),
    receipt({ type: 'read' }),
    receipt({}),
    sentAck(),
    sentAck({ error: '479' }),
    receipt({ type: 'played' }),
    receipt({ type: 'read' }),
  ];
  assert.deepEqual(
    steps.flatMap((row) => told(drain.take(row))),
    [
      ['message_create', 0],
      ['message_ack', 1],
      ['message_ack', 2],
      ['message_ack', 3],
      ['message_ack', 4],
    ],
  );
});

test('a message that failed at first can still arrive', () => {
  const drain = drainOf({ outgoing });
  drain.take(sentAck({ error: '500' }));
  assert.deepEqual(told(drain.take(sentAck())), [['message_ack', 1]]);
});

test('a receipt finds its message by LID although it was sent to the phone number', () => {
  const drain = drainOf({ outgoing });
  drain.take(sentAck());
  assert.deepEqual(told(drain.take(receipt({ from: anna.lid }))), [['message_ack', 2]]);
});

test('a receipt of somebody else does not touch the message', () => {
  const drain = drainOf({ outgoing, offlineSyncEnded: false });
  drain.take(sentAck());
  assert.equal(drain.messages.get(`true_${id}`)?.ack, 1);
  const foreign = receipt({ from: '491700000000@s.whatsapp.net' });
  assert.equal(
    translate(foreign, contextWith({ messages: drain.messages, offlineSyncEnded: false })).do,
    'wait',
  );
});

test('one receipt can speak of several messages', () => {
  const list = [
    stanza('list', {}, [stanza('item', { id: 'B2' }), stanza('item', { id: 'C3' }), stanza('item', {})]),
  ];
  const row = receipt({ type: 'read', id: 'A1' }, list);
  assert.deepEqual(
    needs(row, own).messages.map((message) => message.id),
    ['A1', 'B2', 'C3'],
  );
  const { events } = recorded(translate(row, contextWith()));
  assert.deepEqual(
    events.map((event) => event.name === 'message_ack' && event.data.message.id.id),
    ['A1', 'B2', 'C3'],
  );
});

test('a receipt that overtakes its message waits until the offline messages have arrived', () => {
  assert.equal(translate(receipt({}), contextWith({ offlineSyncEnded: false })).do, 'wait');
});

test('a receipt of a message that nobody knows is told with what is known, marked incomplete', () => {
  const { events, messages } = recorded(translate(receipt({ sender_pn: anna.phone }), contextWith()));
  assert.equal(events.length, 1);
  const [event] = events;
  assert.ok(event?.name === 'message_ack');
  const { ack, message } = event.data;
  assert.equal(ack, 2);
  assert.equal(message._data.incomplete, true);
  assert.equal(message.id._serialized, `true_${anna.id}_${id}`);
  assert.equal(message.type, 'unknown');
  assert.equal(message.body, '');
  assert.equal(message.timestamp, 1669994900);
  assert.equal(messages[0]?.ack, 2);
});

test('a message that comes after its incomplete ack is told in full and keeps the ack', () => {
  const drain = drainOf();
  drain.take(receipt({ sender_pn: anna.phone, id: '3AEB0A1B2C3D4E5F6071' }));
  const row = {
    kind: 'message',
    seq: 3,
    receivedAt: 0,
    content: { conversation: 'late' },
    stanza: stanza('message', {
      from: own.phone,
      recipient: anna.phone,
      id: '3AEB0A1B2C3D4E5F6071',
      t: '1669994800',
    }),
  } as const;
  assert.deepEqual(told(drain.take(row)), [['message_create', 2]]);
  assert.equal(drain.messages.get('true_3AEB0A1B2C3D4E5F6071')?.data._data.incomplete, undefined);
});

test("a receipt that comes before the server's ack tells the message first", () => {
  const drain = drainOf({ outgoing });
  assert.deepEqual(told(drain.take(receipt({ from: anna.phone }))), [
    ['message_create', 0],
    ['message_ack', 2],
  ]);
  assert.deepEqual(told(drain.take(sentAck())), []);
});

test('messages whose acks were lost are told first, also when one receipt speaks of several', () => {
  const two = new Map(['A1', 'B2'].map((one) => [one, { ...toAnna, id: one }]));
  const row = receipt({ id: 'A1', type: 'read', sender_pn: anna.phone }, [
    stanza('list', {}, [stanza('item', { id: 'B2' })]),
  ]);
  assert.deepEqual(needs(row, own).outgoing, ['A1', 'B2']);
  assert.deepEqual(told(drainOf({ outgoing: two }).take(row)), [
    ['message_create', 0],
    ['message_ack', 3],
    ['message_create', 0],
    ['message_ack', 3],
  ]);
});

test('a message of which only a receipt was known is told with the ack of the server', () => {
  const drain = drainOf();
  drain.take(receipt({ sender_pn: anna.phone, type: 'read' }));
  const later = drainOf({ outgoing });
  for (const [key, message] of drain.messages) later.messages.set(key, message);
  assert.deepEqual(told(later.take(sentAck())), [['message_create', 0]]);
  assert.deepEqual(
    [later.messages.get(`true_${id}`)?.ack, later.messages.get(`true_${id}`)?.data.body],
    [3, 'Hello'],
  );
  assert.match(String(Reflect.get(later.take(sentAck()), 'reason')), /^repeated: /);
});

test('who is in a group cannot confirm for all of them by a receipt of his own', () => {
  const group = '120363000000000001@g.us';
  const toGroup = new Map([[id, { ...toAnna, to: group }]]);
  const forged = receipt({ type: 'read', sender_pn: anna.phone });
  assert.equal(translate(forged, contextWith({ outgoing: toGroup })).do, 'ignore');
  const drain = drainOf({ outgoing: toGroup });
  drain.take(sentAck({ from: group }));
  assert.equal(drain.take(forged).do, 'ignore');
  assert.equal(drain.messages.get(`true_${id}`)?.data.to, group);
});

test('each other receipt is ignored with the reason', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ type: 'sender' }, /^internal: a receipt of type sender/],
    [{ type: 'inactive' }, /^internal: a receipt of type inactive/],
    [{ type: 'retry' }, /^internal: a receipt of type retry/],
    [{ type: 'read-self' }, /^internal: a receipt of type read-self/],
    [{ type: 'novel' }, /^unknown: a receipt of type novel$/],
    [{ participant: anna.lid }, /^unknown: a receipt from a chat that has none of this kind$/],
    [{ from: own.phone, type: 'read', recipient: anna.phone }, /^internal: a receipt of an own device$/],
    [{ recipient: anna.phone }, /^internal: a receipt for a message of somebody else$/],
    [{ from: 'x' }, /^malformed: /],
    [{ id: '' }, /^malformed: /],
  ];
  for (const [attrs, reason] of cases) {
    const result = translate(receipt(attrs), contextWith());
    assert.equal(result.do, 'ignore');
    assert.match(result.reason, reason);
  }
});

test('the ack of something else is no news', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ class: 'receipt' }, /^internal: the ack of a receipt$/],
    [{ id: 'UNKNOWN' }, /^internal: the ack of a message that no program asked to send$/],
    [{ id: '' }, /^malformed: /],
  ];
  for (const [attrs, reason] of cases) {
    const result = translate(sentAck(attrs), contextWith());
    assert.equal(result.do, 'ignore');
    assert.match(result.reason, reason);
  }
});

test('the acks of one message have different identities, the same ack always the same', () => {
  const drain = drainOf({ outgoing });
  const levels = [sentAck(), receipt({}), receipt({ type: 'read' })].flatMap(
    (row) => recorded(drain.take(row)).events,
  );
  const identities = levels.map(({ identity }) => identity);
  assert.equal(new Set(identities).size, 4);
  const again = drainOf({ outgoing });
  assert.equal(recorded(again.take(sentAck())).events[1]?.identity, identities[1]);
});

function told(translation: Translation): [string, number][] {
  return translation.do === 'record' ? namesAndAcks(translation.events) : [];
}

function namesAndAcks(events: readonly EventDraft[]): [string, number][] {
  return events.map((event) => {
    assert.ok(event.name === 'message_create' || event.name === 'message_ack');
    return [event.name, event.data.message.ack];
  });
}
