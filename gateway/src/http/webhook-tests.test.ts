import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { sql } from '../database/sql.ts';
import { sendTest } from '../delivery/send-test.ts';
import { serve, sender } from '../delivery/testing/sending.ts';
import type { RawConnection } from '../delivery/testing/raw-server.ts';
import { startApi, type Api } from './testing/start-api.ts';

const path = '/api/v1/instances/1/webhooks';

test('a test event is one real request, and the answer tells what came of it', async (t) => {
  const receiver = await serve(
    answering('HTTP/1.1 200 OK\r\nX-Seen: \x1b[31m\r\nContent-Length: 3\r\n\r\no\u0000k'),
  );
  const { api } = await apiWithWebhook(t, receiver.url);
  const { status, body } = await api.call('POST', `${path}/2/test`);
  assert.equal(status, 200);
  assert.deepEqual(body, {
    data: {
      outcome: 'delivered',
      status: 200,
      reason: null,
      phase: null,
      explanation: 'The receiver answered 200: a real event is delivered by that.',
      durationMs: 0,
      response: {
        head: 'HTTP/1.1 200 OK\\r\\nX-Seen: \\u001b[31m\\r\\nContent-Length: 3',
        body: 'o\\u0000k',
      },
    },
    links: { self: 'https://wa.example.com/api/v1/instances/1/webhooks/2/test' },
    status: 'success',
  });
  const [head = '', sent = ''] = (receiver.requests[0] ?? '').split('\r\n\r\n');
  assert.match(head, /^POST \/hook\?token=secret HTTP\/1\.1\r\n/);
  assert.match(head, /\r\nwebhook-id: evt_test\r\nwebhook-attempt: 1(\r\n|$)/);
  const { event, instanceId, data } = JSON.parse(sent);
  assert.deepEqual([event, instanceId, typeof data], ['webhook.test', '1', 'object']);
  assert.equal(receiver.requests.length, 1);
  assert.deepEqual(await api.db.all(sql`select id from deliveries`), [], 'it is no delivery');
});

test('an error of the receiver is told with what it would mean for a real event', async (t) => {
  const receiver = await serve(answering('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n'));
  const { api } = await apiWithWebhook(t, receiver.url);
  const answer = await result(api, 2);
  assert.deepEqual([answer['outcome'], answer['status'], answer['reason']], ['rejected', 503, null]);
  assert.equal(
    answer['explanation'],
    'The receiver answered 503: a real event is written down as an error by that.',
  );
});

test('a webhook that repeats more is told what that means for it', async (t) => {
  const answers = ['HTTP/1.1 503 Busy', 'HTTP/1.1 404 Not Found'].values();
  const receiver = await serve(async (connection) => {
    const { value } = answers.next();
    if (value === undefined) connection.socket.destroy();
    else await answering(`${value}\r\nContent-Length: 0\r\n\r\n`)(connection);
  });
  const { api, id } = await apiWithWebhook(t, receiver.url);
  await api.call('PUT', `${path}/${id}`, { json: { retryPolicy: 'reliable' } });
  const later = 'with growing waits, until it is retryMaxAgeMs old.';
  const told = async () => String((await result(api, id))['explanation']);
  assert.equal(await told(), `The receiver answered 503: a real event is sent again, ${later}`);
  assert.equal(await told(), 'The receiver answered 404: a real event is written down as an error by that.');
  assert.equal((await told()).replace(/^No response.*?\. A/, 'A'), `A real event is sent again, ${later}`);
});

test('silence is told with its reason and how far the attempt came', async (t) => {
  const closed = await serve(async ({ socket }) => void socket.destroy());
  const { api } = await apiWithWebhook(t, closed.url);
  const answer = await result(api, 2);
  assert.deepEqual([answer['outcome'], answer['status'], answer['response']], ['silence', null, null]);
  assert.match(
    String(answer['explanation']),
    /^No response \(.+\): .+\. A real event is sent again about every 3 seconds\.$/,
  );
});

test('a receiver that does not answer is given ten seconds, whatever the webhook is given', async (t) => {
  const asked = Promise.withResolvers<void>();
  const silent = await serve(async (connection) => {
    await connection.request();
    asked.resolve();
  });
  const { api, id } = await apiWithWebhook(t, silent.url);
  await api.call('PUT', `${path}/${id}`, { json: { deadlineMs: 60_000 } });
  const answer = result(api, id);
  await asked.promise;
  api.clock.advance(10_000);
  const { outcome, reason, phase, durationMs } = await answer;
  assert.deepEqual([outcome, reason, phase, durationMs], ['silence', 'timeout', 'response', 10_000]);
});

test('a webhook that is not active can be tested, one without URL cannot', async (t) => {
  const receiver = await serve(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  const { api, id } = await apiWithWebhook(t, receiver.url);
  await api.call('PUT', `${path}/${id}`, { json: { isActive: false } });
  assert.equal((await result(api, id))['outcome'], 'delivered');
  const { status, body } = await api.call('POST', `${path}/main/test`);
  assert.deepEqual(
    [status, body],
    [
      422,
      {
        message: 'The given data was invalid.',
        errors: { url: ['The webhook has no URL: set one, then test it.'] },
      },
    ],
  );
});

test('a webhook can be tested ten times a minute', async (t) => {
  const receiver = await serve(answering('HTTP/1.1 204 No Content\r\n\r\n'));
  const { api, id } = await apiWithWebhook(t, receiver.url);
  for (let number = 0; number < 10; number++) assert.equal((await result(api, id))['outcome'], 'delivered');
  const { status, headers, body } = await api.call('POST', `${path}/${id}/test`);
  assert.deepEqual([status, headers['retry-after']], [429, '60']);
  assert.deepEqual(body, { message: 'A webhook can be tested 10 times a minute.' });
  api.clock.advance(60_000);
  assert.equal((await result(api, id))['outcome'], 'delivered');
});

test('a refused address is told by the setting that can allow it', async (t) => {
  const { api, id } = await apiWithWebhook(t, 'http://127.0.0.1:9/', {
    outcome: 'silence',
    reason: 'address_blocked',
    phase: 'resolve',
    detail: '10.0.0.1 is not a public address; EAZEWA_ALLOW_WEBHOOK_ADDRESSES can allow it',
    response: null,
    durationMs: 1,
  });
  assert.match(String((await result(api, id))['explanation']), /EAZEWA_ALLOW_WEBHOOK_ADDRESSES can allow it/);
});

/** The API with an instance that has one subscription, and a sender of the real kind on the API's clock. */
async function apiWithWebhook(
  t: TestContext,
  url: string,
  becomes?: Awaited<ReturnType<Api['deps']['sendTest']>>,
): Promise<{ readonly api: Api; readonly id: number }> {
  const api: Api = await startApi(t, {
    async sendTest(webhook) {
      if (becomes) return becomes;
      const options = { clock: api.clock, limits: { totalMs: 10_000 } };
      return sendTest(webhook, {
        sender: sender(options),
        clock: api.clock,
        eventId: 'evt_test',
        deadlineMs: 10_000,
      });
    },
  });
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  const { body } = await api.call('POST', path, { json: { url, events: ['message'] } });
  return { api, id: Number(Object(Object(body)['data'])['id']) };
}

async function result(api: Api, id: number): Promise<Record<string, unknown>> {
  const { status, body } = await api.call('POST', `${path}/${id}/test`);
  assert.equal(status, 200, JSON.stringify(body));
  return Object(Object(body)['data']);
}

function answering(answer: string): (connection: RawConnection) => Promise<void> {
  return async (connection) => {
    await connection.request();
    connection.socket.end(answer);
    await once(connection.socket, 'close');
  };
}
