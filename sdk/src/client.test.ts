import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { ApiError } from './api-error.ts';
import { Client } from './client.ts';

interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
  /** Hang up without an answer, or give none. */
  readonly silence?: 'hang up' | 'wait';
}

interface Received {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const instance = {
  id: 33,
  name: 'Shop',
  owner: 'admin',
  webhook_url: null,
  webhook_events: ['message'],
  is_trial: false,
};
const status = {
  status: 'success',
  instanceId: '33',
  name: 'Shop',
  data: null,
  instanceStatus: 'ready',
  instanceWebhook: null,
  instanceEvents: [],
};
const links = { self: 'http://localhost/api/v1/instances/33' };

function told(data: unknown) {
  return { status: 'success', instanceId: '33', data };
}

test('each method asks its address and unwraps its answer', async (t) => {
  const message = { id: { _serialized: 'true_49170@c.us_3EB0' }, ack: 1, timestamp: 1 };
  const media = { mimetype: 'image/png', data: 'aGk=', filesize: 2 };
  const delivery = { id: 9, event: 'message', eventId: 'evt_1', state: 'delivered', attempts: [] };
  const replay = { id: 2, state: 'done', made: 3, pending: 0 };
  const me = { displayName: 'Me', contactId: '49170@c.us', formattedNumber: '+49170', profilePicUrl: null };
  const cases: [string, unknown, (client: Client) => Promise<unknown>, unknown][] = [
    [
      'GET /api/v1/instances?filter=a%26b',
      { instances: [instance], status: 'success' },
      (c) => c.listInstances('a&b'),
      [instance],
    ],
    ['GET /api/v1/instances', { instances: [], status: 'success' }, (c) => c.listInstances(), []],
    [
      'POST /api/v1/instances',
      { instance, status: 'success' },
      (c) => c.createInstance({ name: 'Shop' }),
      instance,
    ],
    ['GET /api/v1/instances/33', { instance, status: 'success' }, (c) => c.getInstance(33), instance],
    [
      'PUT /api/v1/instances/33',
      { data: status, links, status: 'success' },
      (c) => c.updateInstance('33', { webhook: { events: [] } }),
      status,
    ],
    [
      'GET /api/v1/instances/33/client/status',
      { clientStatus: status, links, status: 'success' },
      (c) => c.clientStatus(33),
      status,
    ],
    [
      'GET /api/v1/instances/33/client/qr',
      { qrCode: told({ qr_code: 'data:x' }), links, status: 'success' },
      (c) => c.qr(33),
      'data:x',
    ],
    ['GET /api/v1/instances/33/client/me', { me: told(me), links, status: 'success' }, (c) => c.me(33), me],
    [
      'POST /api/v1/instances/33/client/action/send-message',
      { data: told(message), links, status: 'success' },
      (c) => c.sendMessage(33, { chatId: '49170@c.us', message: 'Hi' }),
      message,
    ],
    [
      'POST /api/v1/instances/33/client/action/send-media',
      { data: told(message), links, status: 'success' },
      (c) => c.media.send(33, { chatId: '49170@c.us', mediaUrl: 'https://a.example/b.pdf' }),
      message,
    ],
    [
      'POST /api/v1/instances/33/client/action/download-media',
      { data: told(media), links, status: 'success' },
      (c) => c.media.download(33, 'false_49170@c.us_3EB0'),
      media,
    ],
    [
      'POST /api/v1/instances/33/client/action/get-message-by-id',
      { data: told({ message, media: null }), links, status: 'success' },
      (c) => c.media.message(33, 'false_49170@c.us_3EB0', { includeMedia: true }),
      { message, media: null },
    ],
    [
      'GET /api/v1/instances/33/messages/false_49170%40c.us_3EB0/media-link',
      { mediaLink: { url: 'https://a.example/media', expiresAt: 1 }, links, status: 'success' },
      (c) => c.media.link(33, 'false_49170@c.us_3EB0'),
      { url: 'https://a.example/media', expiresAt: 1 },
    ],
    [
      'POST /api/v1/instances/33/client/action/logout',
      { data: told(null), links, status: 'success' },
      (c) => c.logout(33),
      undefined,
    ],
    [
      'POST /api/v1/instances/33/client/action/reboot',
      { data: told(null), links, status: 'success' },
      (c) => c.reboot(33),
      undefined,
    ],
    [
      'POST /api/v1/instances/33/client/action/request-pairing-code',
      { data: told({ pairingCode: 'ABCD-1234' }), links, status: 'success' },
      (c) => c.requestPairingCode(33, '49170'),
      'ABCD-1234',
    ],
    [
      'GET /api/v1/instances/33/deliveries?limit=10&before=20',
      { deliveries: [delivery], links: { next: null }, status: 'success' },
      (c) => c.deliveries(33, { limit: 10, before: 20 }),
      [delivery],
    ],
    [
      'GET /api/v1/instances/33/deliveries?states=rejected%2Cparked&chatId=49170%40c.us',
      { deliveries: [], links: { next: null }, status: 'success' },
      (c) => c.deliveries(33, { states: ['rejected', 'parked'], chatId: '49170@c.us' }),
      [],
    ],
    [
      'GET /api/v1/instances/33/deliveries/9',
      { delivery: { ...delivery, body: {} }, links, status: 'success' },
      (c) => c.delivery(33, 9),
      { ...delivery, body: {} },
    ],
    [
      'POST /api/v1/instances/33/deliveries/9/release',
      { delivery: { ...delivery, body: {} }, links, status: 'success' },
      (c) => c.releaseDelivery(33, 9),
      { ...delivery, body: {} },
    ],
    [
      'POST /api/v1/instances/33/deliveries/release',
      { released: 4, links, status: 'success' },
      (c) => c.releaseDeliveries(33, 1),
      4,
    ],
    [
      'POST /api/v1/instances/33/replays',
      { replay, links, status: 'success' },
      (c) => c.createReplay(33, { webhookId: 1, states: ['rejected'] }),
      replay,
    ],
    [
      'GET /api/v1/instances/33/replays?limit=5',
      { replays: [replay], links: { next: null }, status: 'success' },
      (c) => c.listReplays(33, { limit: 5 }),
      [replay],
    ],
    [
      'GET /api/v1/instances/33/replays/2',
      { replay, links, status: 'success' },
      (c) => c.getReplay(33, 2),
      replay,
    ],
    [
      'DELETE /api/v1/instances/33/replays/2',
      { replay, links, status: 'success' },
      (c) => c.cancelReplay(33, 2),
      replay,
    ],
  ];
  for (const [line, body, call, expected] of cases) {
    const { client, received } = await gateway(t, { body });
    assert.deepEqual(await call(client), expected, line);
    assert.equal(received[0]?.line, line);
    assert.equal(received[0]?.headers.authorization, 'Bearer secret');
  }
});

test('each call about webhooks asks its address and unwraps its answer', async (t) => {
  const webhook = { id: 7, instanceId: 33, url: 'https://a.example', events: ['message'], source: 'api' };
  const secret = { secret: 'whsec_x', oldSecretUntil: null };
  const result = { outcome: 'delivered', status: 200, explanation: 'It is there.' };
  const cases: [string, unknown, (client: Client) => Promise<unknown>, object | null][] = [
    ['GET /api/v1/instances/33/webhooks', [webhook], (c) => c.webhooks.list(33), null],
    [
      'POST /api/v1/instances/33/webhooks',
      { ...webhook, ...secret },
      (c) => c.webhooks.create(33, { url: 'https://a.example', events: ['message'] }),
      { url: 'https://a.example', events: ['message'] },
    ],
    ['GET /api/v1/instances/33/webhooks/main', webhook, (c) => c.webhooks.get('33', 'main'), null],
    [
      'PUT /api/v1/instances/33/webhooks/7',
      webhook,
      (c) => c.webhooks.update(33, 7, { headers: { 'X-A': null } }),
      { headers: { 'X-A': null } },
    ],
    ['POST /api/v1/instances/33/webhooks/7/secret', secret, (c) => c.webhooks.rotateSecret(33, 7), null],
    ['POST /api/v1/instances/33/webhooks/7/test', result, (c) => c.webhooks.test(33, 7), null],
  ];
  for (const [line, data, call, sent] of cases) {
    const { client, received } = await gateway(t, { body: { data, links, status: 'success' } });
    assert.deepEqual(await call(client), data, line);
    assert.equal(received[0]?.line, line);
    assert.equal(received[0]?.body, sent === null ? '' : JSON.stringify(sent));
    const wrong = await gateway(t, { body: { data: { hello: 'world' }, status: 'success' } });
    assert.equal((await failureOf(call(wrong.client))).code, 'bad_answer');
  }
  const backlog = { deliveries: 2, bytes: 500, oldestAt: null, isCounted: true };
  const waiting = await gateway(t, { body: { data: webhook, backlog, links, status: 'success' } });
  assert.deepEqual(await waiting.client.webhooks.backlog(33, 7), backlog);
  const { client, received } = await gateway(t, { status: 204 });
  await client.webhooks.delete(33, 7);
  await client.webhooks.removeSecret(33, 'main');
  assert.deepEqual(
    received.map(({ line }) => line),
    ['DELETE /api/v1/instances/33/webhooks/7', 'DELETE /api/v1/instances/33/webhooks/main/secret'],
  );
});

test('all deliveries are those of all pages, also after an empty one', async (t) => {
  const { client, received } = await gateway(t, [
    { body: pageOf([9, 8], 8) },
    { body: pageOf([], 5) },
    { body: pageOf([3], null) },
  ]);
  const ids: number[] = [];
  for await (const { id } of client.allDeliveries(33, { limit: 2 })) ids.push(id);
  assert.deepEqual(ids, [9, 8, 3]);
  assert.deepEqual(
    received.map(({ line }) => line.replace(/.*\?/, '')),
    ['limit=2', 'limit=2&before=8', 'limit=2&before=5'],
  );
});

test('an answer without a body is enough for a deletion', async (t) => {
  const { client, received } = await gateway(t, { status: 204 });
  await client.deleteInstance(33);
  assert.equal(received[0]?.line, 'DELETE /api/v1/instances/33');
});

test('a message is sent as the contract wants it, with the idempotency key as a header', async (t) => {
  const { client, received } = await gateway(t, {
    body: { data: { status: 'success', data: { id: {}, ack: 1, timestamp: 1 } }, status: 'success' },
  });
  await client.sendMessage(33, { chatId: '49170@c.us', message: 'Hi', mentions: ['49171@c.us'] }, 'order-7');
  assert.deepEqual(JSON.parse(received[0]?.body ?? ''), {
    chatId: '49170@c.us',
    message: 'Hi',
    mentions: ['49171@c.us'],
  });
  assert.equal(received[0]?.headers['idempotency-key'], 'order-7');
  assert.equal(received[0]?.headers['content-type'], 'application/json');
});

test('a 200 that says error inside is an error, with the explanation', async (t) => {
  const { client } = await gateway(t, {
    body: {
      status: 'success',
      data: {
        status: 'error',
        message: 'incorrect chatId format.',
        explanation: '"bogus" is missing a domain, expected <id>@c.us.',
      },
    },
  });
  const error = await failureOf(client.sendMessage(33, { chatId: 'bogus', message: 'Hi' }));
  assert.equal(error.code, 'action_failed');
  assert.equal(error.message, 'incorrect chatId format.');
  assert.equal(error.explanation, '"bogus" is missing a domain, expected <id>@c.us.');
  assert.equal(error.status, 200);
});

test('an action without a result that says error inside is an error too', async (t) => {
  const body = {
    status: 'success',
    data: { status: 'error', message: 'instance not ready', instanceId: '33' },
  };
  const { client } = await gateway(t, { body });
  assert.equal((await failureOf(client.logout(33))).code, 'action_failed');
  assert.equal((await failureOf(client.reboot(33))).message, 'instance not ready');
});

test('the QR code of an instance that shows none is an error', async (t) => {
  const refusal = { status: 'error', message: 'instance not in QR mode', instanceId: '33' };
  const { client } = await gateway(t, { body: { status: 'success', qrCode: refusal } });
  const error = await failureOf(client.qr(33));
  assert.equal(error.code, 'action_failed');
  assert.equal(error.message, 'instance not in QR mode');
});

test('each HTTP status is an error of its code, with what the gateway says', async (t) => {
  const cases: [Answer, string, string][] = [
    [{ status: 401, body: { message: 'Unauthenticated.' } }, 'unauthenticated', 'Unauthenticated.'],
    [{ status: 403, body: { message: 'no' } }, 'forbidden', 'no'],
    [{ status: 404, body: { message: 'nothing here' } }, 'not_found', 'nothing here'],
    [{ status: 500, text: 'oops' }, 'server_error', 'HTTP 500'],
    [{ status: 503, body: {} }, 'server_error', 'HTTP 503'],
    [{ status: 418, text: '' }, 'bad_answer', 'HTTP 418'],
    [{ status: 200, text: '<html>' }, 'bad_answer', 'The answer is no JSON.'],
    [{ status: 200, body: { hello: 'world' } }, 'bad_answer', 'The answer has no usable "instance".'],
    [{ status: 200, body: { instance: { id: 'x' } } }, 'bad_answer', 'The answer has no usable "instance".'],
  ];
  for (const [answer, code, message] of cases) {
    const { client } = await gateway(t, answer);
    const error = await failureOf(client.getInstance(33));
    assert.deepEqual([error.code, error.message, error.status], [code, message, answer.status]);
  }
});

test('invalid fields and the time to wait are told', async (t) => {
  const invalid = await gateway(t, {
    status: 422,
    body: { message: 'The given data was invalid.', errors: { 'webhook.url': ['Not a URL.'] } },
  });
  const error = await failureOf(invalid.client.createInstance());
  assert.equal(error.code, 'invalid_request');
  assert.deepEqual(error.fields, { 'webhook.url': ['Not a URL.'] });
  const busy = await gateway(t, { status: 429, body: { message: 'slow' }, headers: { 'retry-after': '31' } });
  const tooMany = await failureOf(busy.client.requestPairingCode(33, '49170'));
  assert.equal(tooMany.code, 'too_many_requests');
  assert.equal(tooMany.retryAfterS, 31);
});

test('no answer is an error of its own: a message may have been sent', async (t) => {
  const hangUp = await gateway(t, { silence: 'hang up' });
  const error = await failureOf(hangUp.client.getInstance(33));
  assert.equal(error.code, 'unreachable');
  assert.equal(error.status, null);
  const wait = await gateway(t, { silence: 'wait' }, 30);
  assert.equal((await failureOf(wait.client.getInstance(33))).code, 'unreachable');
});

function pageOf(ids: readonly number[], before: number | null) {
  return {
    deliveries: ids.map((id) => ({ id, state: 'rejected', attempts: [] })),
    links: { next: before === null ? null : `https://wa.example.com/deliveries?limit=2&before=${before}` },
    status: 'success',
  };
}

/** A real HTTP server that gives one answer to everything. */
async function gateway(t: TestContext, answers: Answer | readonly Answer[], timeoutMs = 10_000) {
  const received: Received[] = [];
  const inTurn = [answers].flat();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const answer = inTurn[Math.min(received.length, inTurn.length - 1)] ?? {};
      received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
      if (answer.silence === 'hang up') request.socket.destroy();
      if (answer.silence !== undefined) return;
      response.writeHead(answer.status ?? 200, answer.headers);
      response.end(answer.body === undefined ? answer.text : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = new Client({ baseUrl: `http://127.0.0.1:${port}/`, token: 'secret', timeoutMs });
  return { client, received };
}

async function failureOf(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}
