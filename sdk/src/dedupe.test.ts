import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventKey, HandledEvents } from './dedupe.ts';
import { parseWebhook } from './parse.ts';

const message = {
  _data: {},
  id: { fromMe: true, remote: '49170@c.us', id: '3A', _serialized: 'true_49170@c.us_3A' },
  ack: 1,
  body: 'Hi',
  type: 'chat',
  timestamp: 1,
  from: '49171@c.us',
  to: '49170@c.us',
  fromMe: true,
};

test('a handled event is remembered', () => {
  const handled = new HandledEvents();
  assert.equal(handled.has('evt_1'), false);
  handled.add('evt_1');
  assert.equal(handled.has('evt_1'), true);
});

test('the oldest keys are forgotten first, and one that came again is young again', () => {
  const handled = new HandledEvents(2);
  handled.add('a');
  handled.add('b');
  handled.add('a');
  handled.add('c');
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => handled.has(key)),
    [true, false, true],
  );
});

test('a memory for nothing is refused', () => {
  assert.throws(() => new HandledEvents(0), RangeError);
  assert.throws(() => new HandledEvents(1.5), RangeError);
});

test('the key is the id that the gateway sends, else what the event is about', () => {
  const body = parseWebhook({ event: 'message_ack', instanceId: '33', data: { ack: 2, message } });
  assert.equal(eventKey(body, 'evt_1'), 'evt_1');
  assert.equal(eventKey(body, null), '33 message_ack true_49170@c.us_3A 2');
  const created = parseWebhook({ event: 'message_create', instanceId: '33', data: { message } });
  assert.equal(eventKey(created), '33 message_create true_49170@c.us_3A');
});

test('an event that can rightly come twice has no key of its own', () => {
  assert.equal(eventKey(parseWebhook({ event: 'ready', instanceId: '33' })), null);
  assert.equal(eventKey(parseWebhook({ event: 'ready', instanceId: '33' }), 'evt_2'), 'evt_2');
});
