import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { recordMany, type ToRecord } from '../outbox/testing/recording.ts';
import { until } from '../testing/until.ts';
import { startApi, type Api } from './testing/start-api.ts';

const address = '/api/v1/instances/1/replays';

async function start(
  t: TestContext,
): Promise<Api & { record(count: number, said: ToRecord): Promise<number[]> }> {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', {
    json: { webhook: { url: 'http://127.0.0.1:9/hook', events: ['message'] } },
  });
  const webhooks = [api.webhooks.main(1)];
  return { ...api, record: (count, said) => recordMany(api.db, count, () => ({ webhooks, ...said })) };
}

interface Shown {
  readonly id: number;
  readonly state: string;
  readonly made: number;
  readonly pending: number;
}

async function replayOf(api: Api, id: number): Promise<Shown> {
  const { body } = await api.call('GET', `${address}/${id}`);
  return (body as { replay: Shown }).replay;
}

test('a selection is made anew, its replay is shown with its counts, and it can be cancelled', async (t) => {
  const api = await start(t);
  await api.record(3, { end: 'rejected' });
  await api.record(1, { end: 'delivered' });
  const created = await api.call('POST', address, {
    json: { webhookId: 1, states: ['rejected'], since: '1970-01-01', until: 5000 },
  });
  const { replay, links } = created.body as { replay: Shown & { selection: unknown }; links: unknown };
  assert.deepEqual(replay.selection, {
    webhookId: 1,
    states: ['rejected'],
    includeUnowed: false,
    since: 0,
    until: 5000,
  });
  assert.deepEqual(links, { self: `https://wa.example.com${address}` });
  await until(async () => (await replayOf(api, replay.id)).state !== 'running');
  const { state, made, pending } = await replayOf(api, replay.id);
  assert.deepEqual([state, made, pending], ['done', 3, 3]);
  const listed = await api.call('GET', `/api/v1/instances/1/deliveries?replayId=${replay.id}&limit=1`);
  const { deliveries } = listed.body as { deliveries: { isReplay: boolean; replayId: number }[] };
  assert.deepEqual(
    deliveries.map(({ isReplay, replayId }) => [isReplay, replayId]),
    [[true, replay.id]],
  );
  const cancelled = await api.call('DELETE', `${address}/${replay.id}`);
  const after = (cancelled.body as { replay: Record<string, unknown> }).replay;
  assert.deepEqual(
    [after['state'], after['reason'], after['pending'], after['dropped']],
    ['cancelled', 'replay_cancelled', 0, 3],
  );
});

test('deliveries are made anew by their ids, also through a form', async (t) => {
  const api = await start(t);
  const [one = 0, two = 0] = await api.record(2, { end: 'delivered' });
  const { status, body } = await api.call('POST', address, {
    raw: `deliveryIds[0]=${two}&deliveryIds[1]=${one}&deliveryIds[2]=${one}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(status, 200);
  const { replay } = body as { replay: Shown & { selection: unknown } };
  assert.deepEqual(replay.selection, { deliveryIds: [one, two] });
  await until(async () => (await replayOf(api, replay.id)).state !== 'running');
  assert.equal((await replayOf(api, replay.id)).made, 2);
});

test('a selection that cannot be told again is refused with what to change', async (t) => {
  const api = await start(t);
  const [waiting = 0] = await api.record(1, {});
  const [ended = 0] = await api.record(1, { end: 'rejected' });
  await api.call('POST', '/api/v1/instances', { json: {} });
  const rows: [object, Record<string, string[]>][] = [
    [{}, { webhookId: ['Say deliveryIds, or webhookId with since, until, states and events.'] }],
    [{ deliveryIds: [] }, { deliveryIds: ['The deliveryIds field needs at least one id.'] }],
    [
      { deliveryIds: [ended], states: ['rejected'] },
      { states: ['The states field cannot be combined with deliveryIds: leave one of them out.'] },
    ],
    [
      { deliveryIds: [waiting] },
      { deliveryIds: [`The delivery ${waiting} still waits for its webhook. Leave it out.`] },
    ],
    [{ deliveryIds: [999] }, { deliveryIds: ['The instance has no delivery 999.'] }],
    [
      { deliveryIds: Array.from({ length: 1001 }, (_, index) => index + 1) },
      { deliveryIds: ['The deliveryIds field must not have more than 1000 items.'] },
    ],
    [{ webhookId: 2 }, { webhookId: ['The instance has no webhook 2.'] }],
    [{ webhookId: 1, state: ['rejected'] }, { state: ['There is no field state. Did you mean "states"?'] }],
    [
      { webhookId: 1, from: 5 },
      {
        from: [
          'There is no field from. It can be: deliveryIds, webhookId, since, until, states, events, includeUnowed.',
        ],
      },
    ],
    [
      { deliveryIds: [2 ** 53] },
      { 'deliveryIds.0': ['The deliveryIds.0 field must not be greater than 999999999999999.'] },
    ],
    [
      { webhookId: 1, since: 2 ** 50, includeUnowed: true },
      { since: ['The since field must not be greater than 999999999999999.'] },
    ],
    [
      { webhookId: 1, since: 6, until: 5 },
      { until: ['The until field is before since, so there is nothing between them.'] },
    ],
    [
      { webhookId: 1, states: ['pending'] },
      { 'states.0': ['The selected states.0 is invalid. It can be: delivered, rejected, dropped, parked.'] },
    ],
    [
      { webhookId: 1, since: '10:00' },
      { since: ['The since field must be milliseconds since 1970, or a time such as 2026-11-26T08:00:00Z.'] },
    ],
    [
      { webhookId: 1, includeUnowed: true },
      { since: ['The since field is required when includeUnowed is true.'] },
    ],
  ];
  for (const [json, errors] of rows) {
    const { status, body } = await api.call('POST', address, { json });
    assert.deepEqual([status, (body as { errors: unknown }).errors], [422, errors], JSON.stringify(json));
  }
  await api.call('PUT', '/api/v1/instances/1', { json: { webhook: { url: null } } });
  const cleared = await api.call('POST', address, { json: { webhookId: 1 } });
  assert.deepEqual((cleared.body as { errors: unknown }).errors, {
    webhookId: ['The webhook 1 has no url, so nothing can be sent to it. Set one first.'],
  });
});

test('replays are listed newest first, page by page; those of another instance are not there', async (t) => {
  const api = await start(t);
  await api.call('POST', '/api/v1/instances', { json: {} });
  const ids: number[] = [];
  for (let count = 0; count < 3; count++) {
    const { body } = await api.call('POST', address, { json: { webhookId: 1 } });
    ids.unshift((body as { replay: Shown }).replay.id);
  }
  const pages: number[][] = [];
  for (let next: string | null = `${address}?limit=2`; next !== null;) {
    const { body } = await api.call('GET', next);
    const page = body as { replays: Shown[]; links: { next: string | null } };
    pages.push(page.replays.map(({ id }) => id));
    next = page.links.next === null ? null : page.links.next.replace('https://wa.example.com', '');
  }
  assert.deepEqual(pages, [ids.slice(0, 2), ids.slice(2)]);
  for (const method of ['GET', 'DELETE'] as const) {
    const { status, body } = await api.call(method, `/api/v1/instances/2/replays/${ids[0]}`);
    assert.deepEqual([status, body], [404, { message: `There is no replay ${ids[0]}.` }]);
  }
});

test('looking at replays, making and cancelling them need their own permissions', async (t) => {
  const api = await start(t);
  const { text: token } = await api.tokens.create({
    name: 'reader',
    permissions: ['read'],
    instanceIds: null,
  });
  assert.equal((await api.call('GET', address, { token })).status, 200);
  assert.equal((await api.call('POST', address, { token, json: { webhookId: 1 } })).status, 403);
  assert.equal((await api.call('DELETE', `${address}/1`, { token })).status, 403);
  assert.equal((await api.call('POST', '/api/v1/instances/1/deliveries/1/release', { token })).status, 403);
});
