import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { StoreFailure } from '../database/database.ts';
import { noEventId } from '../ids.ts';
import { until } from '../testing/until.ts';
import { askRaw, listening, recording } from './testing/event-log.ts';
import { startApi, type Api } from './testing/start-api.ts';

interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

const n = (value: number) => ['message', { n: value }] as const;
const path = '/api/v1/instances/1/events/stream';

async function startStreaming(t: TestContext, changes: Parameters<typeof startApi>[1] = {}) {
  const api = await startApi(t, changes);
  await api.call('POST', '/api/v1/instances');
  const url = `${await listening(api)}/instances/1/events/stream`;
  return {
    ...api,
    record: recording(api),
    open: (query = '', from?: string) => openStream(api, url, query, from),
  };
}

/** A real connection, and its frames one after the other; null at the end. */
async function openStream(api: Api, url: string, query: string, lastEventId?: string) {
  const leaving = new AbortController();
  const response = await fetch(url + query, {
    signal: leaving.signal,
    headers: {
      authorization: `Bearer ${api.token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  assert.ok(response.body);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<Frame | null> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end >= 0) {
        const frame = text.slice(0, end);
        text = text.slice(end + 2);
        return frameOf(frame);
      }
      const { value, done } = await reader.read();
      if (done) return null;
      text += value;
    }
  };
  const take = async (count: number): Promise<Frame[]> => {
    const frames: Frame[] = [];
    while (frames.length < count) {
      const frame = await next();
      if (frame === null) assert.fail('the stream ended');
      if (frame.event !== undefined) frames.push(frame);
    }
    return frames;
  };
  return { response, next, take, leave: () => leaving.abort() };
}

function frameOf(text: string): Frame {
  return Object.fromEntries(
    text.split('\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at) || 'comment', line.slice(at + 1).trimStart()];
    }),
  );
}

const numbers = (frames: readonly Frame[]) =>
  frames.map(({ data }) => (JSON.parse(data ?? '') as { data: { n: number } }).data.n);

test('a stream tells where it stands, then each event with the body of webhooks, as it comes', async (t) => {
  const { open, record } = await startStreaming(t);
  const [first] = await record(['qr', { text: 'a\n"b"\u2028' }]);
  const stream = await open();
  const { headers, status } = stream.response;
  assert.deepEqual(
    [status, headers.get('content-type'), headers.get('cache-control'), headers.get('x-frame-options')],
    [200, 'text/event-stream; charset=utf-8', 'no-store', 'DENY'],
  );
  assert.deepEqual(await stream.next(), { retry: '3000', id: noEventId });
  assert.deepEqual(await stream.next(), {
    id: first,
    event: 'qr',
    data: JSON.stringify({ event: 'qr', instanceId: '1', data: { text: 'a\n"b"\u2028' } }),
  });
  const later = stream.next();
  const [second] = await record(n(2));
  assert.deepEqual((await later)?.id, second);
  stream.leave();
});

test('a stream goes on after Last-Event-ID, whatever its address says, and leaves out what is not wanted', async (t) => {
  const { open, record } = await startStreaming(t);
  const ids = await record(n(0), n(1), ['call', { n: 2 }], n(3));
  const resumed = await open('?after=latest&events=message', ids[0]);
  assert.deepEqual(numbers(await resumed.take(2)), [1, 3]);
  resumed.leave();
  const after = await open(`?after=${ids[2]}`);
  assert.deepEqual(numbers(await after.take(1)), [3]);
  after.leave();
  const latest = await open('?after=latest');
  assert.equal((await latest.next())?.id, ids[3]);
  await record(n(4));
  assert.deepEqual(numbers(await latest.take(1)), [4]);
  latest.leave();
});

test('who is cut off again and again gets every event once and in order', async (t) => {
  const { open, record } = await startStreaming(t);
  const total = 300;
  const writing = (async () => {
    for (let count = 0; count < total; count++) await record(n(count));
  })();
  const seen: Frame[] = [];
  for (let round = 0; seen.length < total; round++) {
    const stream = await open('', seen.at(-1)?.id);
    seen.push(...(await stream.take(Math.min((round % 9) + 1, total - seen.length))));
    stream.leave();
  }
  await writing;
  assert.deepEqual(
    numbers(seen),
    Array.from({ length: total }, (_, count) => count),
  );
});

test('a quiet stream has a heartbeat, with how far it has looked', async (t) => {
  const { open, record, clock } = await startStreaming(t);
  const stream = await open('?events=call');
  await stream.next();
  const [unwanted] = await record(n(1));
  await until(() => clock.timersInMs.includes(15_000));
  const heartbeat = stream.next();
  clock.advance(15_000);
  assert.deepEqual(await heartbeat, { comment: '', id: unwanted });
  stream.leave();
});

test('a stream ends when its instance is removed, when the server closes, and when the store fails', async (t) => {
  const { open, app, clock, deps, record, logged } = await startStreaming(t);
  const waits = () => clock.timersInMs.length;
  const { signals, read } = deps.eventLog;
  let isDown = false;
  Object.assign(deps.eventLog, {
    read: (page: Parameters<typeof read>[0]) =>
      isDown ? Promise.reject(new StoreFailure('gone')) : read(page),
  });
  for (const end of [
    async () => signals.end(1),
    async () => {
      isDown = true;
      await record(n(1));
    },
    () => app.close(),
  ]) {
    const stream = await open('?after=latest');
    await stream.next();
    await until(() => waits() === 1);
    const ended = stream.next();
    const done = end();
    assert.equal(await ended, null);
    assert.equal(waits(), 0);
    await done;
    isDown = false;
  }
  assert.match(logged.join(''), /A stream of events ended/);
});

test('a bad Last-Event-ID is refused, and streams have their places among those who wait', async (t) => {
  const api = await startStreaming(t, { waitingPlaces: { perToken: 1, inAll: 9 } });
  const { open, clock } = api;
  const bad = await api.call('GET', path, { headers: { 'last-event-id': '17' } });
  assert.equal(bad.status, 422);
  assert.match(JSON.stringify(bad.body), /The Last-Event-ID header must be the id of an event/);
  const stream = await open();
  await stream.next();
  assert.equal((await api.call('GET', path)).status, 429);
  await until(() => clock.timersInMs.length === 1);
  stream.leave();
  await until(() => clock.timersInMs.length === 0);
  const next = await open();
  assert.equal(next.response.status, 200);
  next.leave();
});

test('who does not read is not read for: a stream holds no more than a page', async (t) => {
  const api = await startStreaming(t);
  const { read } = api.deps.eventLog;
  const text = 'x'.repeat(300_000);
  const events = 150;
  for (let count = 0; count < events; count += 3) {
    await api.record(['message', { n: count, text }], ['message', { text }], ['message', { text }]);
  }
  let asked = 0;
  Object.assign(api.deps.eventLog, {
    read: (page: Parameters<typeof read>[0]) => {
      asked++;
      return read(page);
    },
  });
  const stuck = await askRaw(api, path);
  stuck.pause();
  await until(() => asked > 0);
  // Another one reads all of it meanwhile.
  const reading = await api.open('?events=message');
  await reading.take(events);
  const pages = events / 3;
  assert.ok(asked < pages + pages / 2, `${asked} pages were read`);
  reading.leave();
  stuck.destroy();
  await until(() => api.clock.timersInMs.length === 0);
});
