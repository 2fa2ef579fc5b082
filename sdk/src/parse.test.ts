import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { eventNames, type EventBody } from './events.ts';
import { InvalidBody, isEvent, parseWebhook } from './parse.ts';

const message = {
  _data: { t: 1 },
  id: { fromMe: false, remote: '49170@c.us', id: '3A', _serialized: 'false_49170@c.us_3A' },
  ack: 1,
  body: 'Hi',
  type: 'chat',
  timestamp: 1669994807,
  from: '49170@c.us',
  to: '49171@c.us',
  fromMe: false,
};
const received = { event: 'message', instanceId: '33', data: { message, media: null } };

test('a body is read from text, bytes or the object that a framework made of it', () => {
  const text = JSON.stringify(received);
  for (const body of [text, Buffer.from(text), new TextEncoder().encode(text), received]) {
    const event = parseWebhook(body);
    assert.ok(event.event === 'message');
    assert.equal(event.instanceId, '33');
    assert.equal(event.data.message.body, 'Hi');
  }
});

test('the event is told by its name, so that its data has a type', () => {
  const event: EventBody = parseWebhook({
    event: 'message_ack',
    instanceId: '33',
    data: { ack: 3, message },
  });
  assert.ok(isEvent(event, 'message_ack'));
  assert.equal(event.data.ack, 3);
});

test('a number as instanceId and a missing data are taken where they lose nothing', () => {
  const ready = parseWebhook({ event: 'ready', instanceId: 33 });
  assert.deepEqual(ready, { event: 'ready', instanceId: '33', data: {} });
  assert.deepEqual(parseWebhook({ event: 'authenticated', instanceId: '33', data: null }).data, {});
});

test('a body read by a server from a real request is the event that was posted', async (t) => {
  const seen: EventBody[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      seen.push(parseWebhook(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify({
    ...received,
    data: { message: { ...message, body: 'größe 👍' }, media: null },
  });
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers: { connection: 'close' } });
  assert.ok(seen[0]?.event === 'message');
  assert.equal(seen[0].data.message.body, 'größe 👍');
});

test('what is no event is refused with what is wrong', () => {
  const cases: [string | Uint8Array | object, InvalidBody['code'], RegExp][] = [
    ['', 'not_json', /^The body is no JSON/],
    ['{', 'not_json', /^The body is no JSON/],
    [Uint8Array.of(0xff, 0xfe), 'not_json', /^The body is no JSON/],
    ['null', 'not_an_event', /no JSON object/],
    ['[]', 'not_an_event', /no JSON object/],
    [{}, 'not_an_event', /"event" is missing/],
    [{ event: 'presence_update', instanceId: '1', data: {} }, 'unknown_event', /no event "presence_update"/],
    [{ event: 'ready', data: {} }, 'not_an_event', /"instanceId" is missing/],
    [
      { event: 'message', instanceId: '1', data: {} },
      'not_an_event',
      /"data.message._data" of the event "message"/,
    ],
    [
      { event: 'message', instanceId: '1', data: { message: { ...message, timestamp: 'now' } } },
      'not_an_event',
      /"data.message.timestamp" .* no number/,
    ],
    [{ event: 'ready', instanceId: '1', data: 'yes' }, 'not_an_event', /"data" .* no object/],
  ];
  for (const [body, code, text] of cases) {
    assert.throws(
      () => parseWebhook(body),
      (error) => error instanceof InvalidBody && error.code === code && text.test(error.message),
    );
  }
});

test('an empty data is refused for each event that needs one', () => {
  const dataless = ['authenticated', 'auth_failure', 'ready'];
  for (const event of eventNames) {
    const parse = () => parseWebhook({ event, instanceId: '1', data: {} });
    if (dataless.includes(event)) assert.equal(parse().event, event);
    else assert.throws(parse, InvalidBody, event);
  }
});
