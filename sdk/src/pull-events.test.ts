import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ApiError } from './api-error.ts';
import { Client } from './client.ts';

type Answer = (response: ServerResponse) => void;

const event = (id: string, name = 'ready') => ({
  id,
  event: name,
  instanceId: '33',
  data: { status: 'ready' },
  recordedAt: 5,
});

const page =
  (cursor: string, ...events: object[]): Answer =>
  (response) =>
    response.end(JSON.stringify({ events, cursor, oldest: 'evt_0', links: {}, status: 'success' }));

const fails =
  (status: number, headers = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end('{"message":"no"}');

const hangsUp: Answer = (response) => response.destroy();

test('a page of events is asked for and read', async (t) => {
  const { client, asked } = await gateway(t, [page('evt_2', event('evt_1'), event('evt_2', 'of_tomorrow'))]);
  const found = await client.events(33, { after: 'evt_0', wait: 5, limit: 9, events: ['ready', 'call'] });
  assert.deepEqual(found, { events: [event('evt_1')], cursor: 'evt_2', oldest: 'evt_0' });
  assert.deepEqual(asked, ['/api/v1/instances/33/events?after=evt_0&wait=5&limit=9&events=ready%2Ccall']);
});

test('what is no page of events is an error', async (t) => {
  for (const body of [
    '{}',
    '{"events":[{}],"cursor":"a"}',
    '{"events":[{"event":"ready","instanceId":"1"}],"cursor":"a"}',
  ]) {
    const { client } = await gateway(t, [(response) => response.end(body)]);
    await assert.rejects(client.events(33), { name: 'ApiError', code: 'bad_answer' });
  }
});

test('who follows gets each event once, over failures, until it is ended', async (t) => {
  const { client, asked } = await gateway(t, [
    page('evt_2', event('evt_1'), event('evt_2')),
    hangsUp,
    fails(503),
    fails(429, { 'retry-after': '0' }),
    page('evt_3'),
    page('evt_4', event('evt_4')),
  ]);
  const ending = new AbortController();
  const ids: string[] = [];
  for await (const { id, event: name } of client.followEvents(33, { signal: ending.signal, pauseMs: 1 })) {
    assert.equal(name, 'ready');
    ids.push(id);
    // The next call has no answer: the end comes in the middle of a wait.
    if (id === 'evt_4') queueMicrotask(() => void whenAsked(asked, 7).then(() => ending.abort()));
  }
  assert.deepEqual(ids, ['evt_1', 'evt_2', 'evt_4']);
  assert.deepEqual(
    asked.map((url) => new URL(url, 'http://localhost').search),
    [
      '?wait=20',
      '?after=evt_2&wait=20',
      '?after=evt_2&wait=20',
      '?after=evt_2&wait=20',
      '?after=evt_2&wait=20',
      '?after=evt_3&wait=20',
      '?after=evt_4&wait=20',
    ],
  );
});

test('who begins with the latest learns where that is before it waits', async (t) => {
  const { client, asked } = await gateway(t, [page('evt_9'), hangsUp, page('evt_10', event('evt_10'))]);
  for await (const { id } of client.followEvents('33', { after: 'latest', events: ['ready'], pauseMs: 1 })) {
    assert.equal(id, 'evt_10');
    break;
  }
  const again = '/api/v1/instances/33/events?after=evt_9&wait=20&events=ready';
  assert.deepEqual(asked, ['/api/v1/instances/33/events?after=latest&wait=0&events=ready', again, again]);
});

test('what no repetition mends ends it with an error', async (t) => {
  for (const [status, code] of [
    [401, 'unauthenticated'],
    [404, 'not_found'],
    [422, 'invalid_request'],
  ] as const) {
    const { client } = await gateway(t, [fails(status)]);
    const next = client.followEvents(33, { pauseMs: 1 }).next();
    await assert.rejects(next, (error) => error instanceof ApiError && error.code === code);
  }
});

async function whenAsked(asked: readonly string[], count: number): Promise<void> {
  while (asked.length < count) await new Promise((resolve) => setImmediate(resolve));
}

/** A real HTTP server with one answer after the other; then it gives none. */
async function gateway(t: TestContext, answers: readonly Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const answer = answers[asked.length];
    asked.push(request.url ?? '');
    answer?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { client: new Client({ baseUrl: `http://127.0.0.1:${port}`, token: 'secret' }), asked };
}
