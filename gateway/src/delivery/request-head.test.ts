import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { defaultOptions, noSecrets, type WebhookSecrets } from '../webhooks/webhook.ts';
import { until } from '../testing/until.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { answeringAll, assertPartly, body, send, sender, serve } from './testing/sending.ts';

const documented = (port: number) => [
  'POST /hook?token=secret HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  'Content-Type: application/json',
  'User-Agent: eazeWA Webhook User Agent',
  'Accept-Encoding: identity',
  `Content-Length: ${body.length}`,
  'webhook-id: evt_0',
];

const keys = [1, 2].map((fill) => Buffer.alloc(32, fill));
const [first, second] = keys.map((key) => ({ key: `whsec_${key.toString('base64')}`, until: null }));
assert.ok(first && second);

test('signature, replay and own headers come after the documented ones, which stay as they are', async () => {
  const clock = new FakeClock();
  const server = await serve(answeringAll);
  const secrets: WebhookSecrets = {
    ...noSecrets,
    headers: { Authorization: 'Bearer abc', 'X-City': 'Zürich' },
    signing: [first, { ...second, until: clock.now() + 60_000 }],
  };
  const one = sender({ clock });
  await send(one, server.url, { secrets, isReplay: true });
  clock.advance(60_000);
  await send(one, server.url, { secrets, attempt: 2 });

  const [before, after] = server.requests;
  assert.deepEqual(before?.split('\r\n'), [
    ...documented(server.port),
    'webhook-attempt: 1',
    'webhook-timestamp: 1700000000',
    `webhook-signature: ${[0, 1].map((key) => signature(key, 1_700_000_000)).join(' ')}`,
    'webhook-replay: true',
    'Authorization: Bearer abc',
    'X-City: Zürich',
    '',
    body.toString(),
  ]);
  // A minute later the second key has done its time, and the signature is a new one.
  assert.deepEqual(after?.split('\r\n'), [
    ...documented(server.port),
    'webhook-attempt: 2',
    'webhook-timestamp: 1700000060',
    `webhook-signature: ${signature(0, 1_700_000_060)}`,
    'Authorization: Bearer abc',
    'X-City: Zürich',
    '',
    body.toString(),
  ]);
});

test('a webhook whose keys have all done their time is not signed', async () => {
  const clock = new FakeClock();
  const server = await serve(answeringAll);
  const secrets = { ...noSecrets, signing: [{ ...first, until: clock.now() }] };
  assertPartly(await send(sender({ clock }), server.url, { secrets }), { outcome: 'delivered' });
  assert.doesNotMatch(server.requests[0] ?? '', /webhook-(timestamp|signature)/);
});

test('164: the body is the same bytes in each attempt, also when it is not UTF-8, and they are what is signed', async () => {
  const clock = new FakeClock();
  const content = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const server = await serve(answeringAll);
  const one = sender({ clock });
  const secrets = { ...noSecrets, signing: [first] };
  for (let attempt = 1; attempt <= 3; attempt++) {
    await send(one, server.url, { secrets, attempt, body: content });
    clock.advance(3000);
  }
  const bodies = server.requests.map((request) => request.slice(request.indexOf('\r\n\r\n') + 4));
  assert.deepEqual(new Set(bodies), new Set([content.toString('latin1')]));
  const signatures = server.requests.map((request) => /webhook-signature: (.*)\r/.exec(request)?.[1]);
  const expected = [0, 3, 6].map((later) => signature(0, 1_700_000_000 + later, content));
  assert.deepEqual(signatures, expected);
});

test('an unused connection that was closed is replaced with the same request, signed for that moment', async () => {
  const server = await serve(async (connection) => {
    await connection.request();
    connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await connection.request();
    connection.socket.destroy();
  });
  const one = sender();
  const secrets = { ...noSecrets, signing: [first] };
  await send(one, server.url, { secrets });
  assertPartly(await send(one, server.url, { secrets, eventId: 'evt_1' }), { outcome: 'delivered' });
  assert.equal(server.requests[1], server.requests[2]);
});

const unsendable: [name: string, secrets: WebhookSecrets, reason: string][] = [
  ...['a\r\nX-Evil: 1', 'a\nb', 'a\0b', 'snow \u2603'].map((value): [string, WebhookSecrets, string] => [
    `the value ${JSON.stringify(value)}`,
    { ...noSecrets, headers: { 'X-A': value } },
    'invalid_header',
  ]),
  ...['Host', 'content-length', 'Transfer-Encoding', 'webhook-id', 'X Y'].map(
    (name): [string, WebhookSecrets, string] => [
      `the header ${name}`,
      { ...noSecrets, headers: { [name]: 'x' } },
      'invalid_header',
    ],
  ),
  ['a signing secret that is none', { ...noSecrets, signing: [{ key: 'x', until: null }] }, 'invalid_secret'],
];

for (const [name, secrets, reason] of unsendable) {
  test(`155, 156: ${name} that slipped through is parked: nothing is sent, and it is not repeated for ever`, async () => {
    const server = await serve(answeringAll);
    const result = await send(sender(), server.url, { secrets });
    assertPartly(result, { outcome: 'unsendable', reason });
    assert.equal(server.connections.length, 0);
    assert.doesNotMatch(JSON.stringify(result), /Evil|snow/);
  });
}

test("a webhook's own deadline goes before the gateway's, in both directions", async () => {
  for (const deadlineMs of [1000, 60_000]) {
    const clock = new FakeClock();
    const server = await serve(() => {});
    const options = { ...defaultOptions, deadlineMs };
    const result = send(sender({ clock }), server.url, { options });
    await until(() => server.requests.length === 1);
    clock.advance(deadlineMs);
    assertPartly(await result, { outcome: 'silence', reason: 'timeout', durationMs: deadlineMs });
  }
});

function signature(key: number, timestampS: number, content = body): string {
  const bytes = Buffer.concat([Buffer.from(`evt_0.${timestampS}.`), content]);
  return `v1,${createHmac('sha256', keys[key] ?? '')
    .update(bytes)
    .digest('base64')}`;
}
