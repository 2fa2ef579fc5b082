import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { noEventId } from '../ids.ts';
import { turns, until } from '../testing/until.ts';
import { askRaw, listening, recording } from './testing/event-log.ts';
import { startApi, type Api } from './testing/start-api.ts';

const path = '/api/v1/instances/1/events';

interface Page {
  readonly events: { readonly id: string; readonly data: { readonly n: number } }[];
  readonly cursor: string;
  readonly oldest: string | null;
  readonly links: { readonly next: string };
}

async function startWithInstance(t: TestContext, changes: Parameters<typeof startApi>[1] = {}): Promise<Api> {
  const api = await startApi(t, changes);
  await api.call('POST', '/api/v1/instances');
  return api;
}

async function pageOf(api: Api, query: string): Promise<Page> {
  const { status, body } = await api.call('GET', `${path}${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as Page;
}

const numbers = ({ events }: Page) => events.map(({ data }) => data.n);
const n = (value: number) => ['message', { n: value }] as const;

test('events come oldest first with the bodies of webhooks, and links lead on', async (t) => {
  const api = await startWithInstance(t);
  const record = recording(api);
  const [first = '', second = ''] = await record(n(1), ['qr', { text: 'a "q"\n' }]);
  const { body } = await api.call('GET', path);
  const at = api.clock.now();
  const next = `https://wa.example.com${path}?after=${second}`;
  assert.deepEqual(body, {
    events: [
      { id: first, event: 'message', instanceId: '1', data: { n: 1 }, recordedAt: at },
      { id: second, event: 'qr', instanceId: '1', data: { text: 'a "q"\n' }, recordedAt: at },
    ],
    cursor: second,
    oldest: first,
    links: { self: `https://wa.example.com${path}`, next },
    status: 'success',
  });
  await record(n(3));
  assert.deepEqual(numbers(await pageOf(api, new URL(next).search)), [3]);
});

test('an instance without events has an empty list, and a cursor to begin with', async (t) => {
  const api = await startWithInstance(t);
  const empty = await pageOf(api, '?limit=5&events=message');
  assert.deepEqual([empty.events, empty.cursor, empty.oldest], [[], noEventId, null]);
  assert.match(empty.links.next, /\?after=evt_0{26}&limit=5&events=message$/);
  const latest = await pageOf(api, '?after=latest');
  await recording(api)(n(1));
  assert.deepEqual(numbers(await pageOf(api, `?after=${latest.cursor}`)), [1]);
});

test('"latest" leaves out what was before, and a filter what is not wanted', async (t) => {
  const api = await startWithInstance(t);
  const record = recording(api);
  await record(n(1), n(2));
  const { events, cursor } = await pageOf(api, '?after=latest');
  assert.deepEqual(events, []);
  const [, , last] = await record(n(3), ['call', { n: 4 }], ['qr', { n: 5 }]);
  const wanted = await pageOf(api, `?after=${cursor}&events=call,%20message`);
  assert.deepEqual([numbers(wanted), wanted.cursor], [[3, 4], last]);
});

test('a bad cursor, name, wait or limit is refused with what is wrong', async (t) => {
  const api = await startWithInstance(t);
  const cases: [string, RegExp][] = [
    ['after=evt_1', /"after":\["The after field format is invalid. The id of an event/],
    ['after=last', /"after"/],
    ['after=', /"after"/],
    ['events=mesage', /"events":\["The selected events is invalid. Did you mean \\"message\\"\?/],
    ['events=', /"events":\["The selected events is invalid\."/],
    ['before=1', /"before":\["There is no field before\./],
    ['wait=61', /"wait":\["The wait field must not be greater than 60/],
    ['wait=x', /"wait"/],
    ['limit=0', /"limit"/],
    ['limit=101', /"limit"/],
  ];
  for (const [query, problem] of cases) {
    const { status, body } = await api.call('GET', `${path}?${query}`);
    assert.equal(status, 422, query);
    assert.match(JSON.stringify(body), problem);
  }
});

test('events are for tokens that may read and reach the instance', async (t) => {
  const api = await startWithInstance(t);
  for (const way of [path, `${path}/stream`]) {
    const statusFor = async (permissions: ('read' | 'update')[], instanceIds: number[] | null) => {
      const { text } = await api.tokens.create({ name: 'a', permissions, instanceIds });
      return (await api.call('GET', way, { token: text })).status;
    };
    assert.deepEqual([await statusFor(['update'], null), await statusFor(['read'], [2])], [403, 404]);
    assert.equal((await api.call('GET', way, { token: null })).status, 401);
  }
});

test('an answer waits for the first event, and no longer than it was asked to', async (t) => {
  const api = await startWithInstance(t);
  const record = recording(api);
  const waiting = pageOf(api, '?wait=20&events=message');
  await until(() => api.clock.timersInMs.includes(20_000));
  const [unwanted] = await record(['qr', {}]);
  await record(n(1));
  const got = await waiting;
  assert.deepEqual([numbers(got), got.cursor], [[1], got.events[0]?.id]);
  const inVain = pageOf(api, `?wait=20&events=call&after=${unwanted}`);
  await until(() => api.clock.timersInMs.includes(20_000));
  api.clock.advance(20_000);
  const nothing = await inVain;
  assert.deepEqual([nothing.events, nothing.cursor], [[], got.cursor]);
  assert.equal(api.clock.nextInMs, null);
});

test('too many who wait are refused, and who goes away makes room', async (t) => {
  const api = await startWithInstance(t, { waitingPlaces: { perToken: 2, inAll: 3 } });
  await listening(api);
  const waits = () => api.clock.timersInMs.filter((ms) => ms === 30_000).length;
  const gone = await askRaw(api, `${path}?wait=30`);
  await until(() => waits() === 1);
  const waiting = pageOf(api, '?wait=30');
  await until(() => waits() === 2);
  const refused = await api.call('GET', `${path}?wait=30`);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '5']);
  assert.match(JSON.stringify(refused.body), /This token has 2 waiting calls and streams of events open/);
  assert.equal((await api.call('GET', `${path}/stream`)).status, 429);
  await pageOf(api, '?wait=0');

  const { text: other } = await api.tokens.create({ name: 'b', permissions: ['read'], instanceIds: [1] });
  const third = api.call('GET', `${path}?wait=30`, { token: other });
  await until(() => waits() === 3);
  const full = await api.call('GET', `${path}?wait=30`, { token: other });
  assert.match(JSON.stringify(full.body), /^\{"message":"3 waiting calls and streams of events are open/);

  gone.destroy();
  await until(() => waits() === 2);
  const inItsPlace = pageOf(api, '?wait=30');
  await until(() => waits() === 3);
  await recording(api)(n(1));
  assert.deepEqual(numbers(await waiting), [1]);
  assert.deepEqual(numbers(await inItsPlace), [1]);
  assert.equal((await third).status, 200);
});

test('who polls in a loop gets every event once and in order, whenever they are committed', async (t) => {
  const api = await startWithInstance(t);
  const record = recording(api);
  const total = 400;
  const writing = (async () => {
    for (let count = 0; count < total; count++) {
      await turns(count % 5);
      await record(n(count));
    }
  })();
  const seen: number[] = [];
  for (let query = '?wait=60'; seen.length < total;) {
    const page = await pageOf(api, query);
    seen.push(...numbers(page));
    query = new URL(page.links.next).search;
  }
  await writing;
  assert.deepEqual(
    seen,
    Array.from({ length: total }, (_, count) => count),
  );
});

test('a server that closes answers those who wait with what there is, and keeps no connection', async (t) => {
  const api = await startWithInstance(t);
  const url = await listening(api);
  const headers = { authorization: `Bearer ${api.token}` };
  const waiting = fetch(`${url}/instances/1/events?wait=60`, { headers });
  await until(() => api.clock.timersInMs.includes(60_000));
  const closing = api.app.close();
  const response = await waiting;
  assert.deepEqual([response.status, response.headers.get('connection')], [200, 'close']);
  assert.deepEqual(((await response.json()) as Page).events, []);
  await closing;
});

test('a wait ends when its instance is removed', async (t) => {
  const api = await startWithInstance(t);
  const waiting = pageOf(api, '?wait=60');
  await until(() => api.clock.timersInMs.includes(60_000));
  api.deps.eventLog.signals.end(1);
  assert.deepEqual((await waiting).events, []);
});

test('a page is cut before it has more than 4 MB', async (t) => {
  const api = await startWithInstance(t);
  const large = { n: 0, text: 'x'.repeat(1_500_000) };
  await recording(api)(['message', large], ['message', large], ['message', { ...large, n: 2 }]);
  const first = await pageOf(api, '');
  assert.equal(first.events.length, 2);
  assert.deepEqual(numbers(await pageOf(api, `?after=${first.cursor}`)), [2]);
});
