import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import { createDeliveryLog } from '../outbox/delivery-log.ts';
import { endOf, refusal } from '../outbox/testing/ends.ts';
import { recordMany, recordOne, type ToRecord } from '../outbox/testing/recording.ts';
import { sql } from '../database/sql.ts';
import { startApi, type Api } from './testing/start-api.ts';

const address = '/api/v1/instances/1/deliveries';

/** The API with an instance whose webhook, number 1, has a url. */
async function start(t: TestContext): Promise<Api & { record(said?: ToRecord): Promise<number> }> {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', {
    json: { webhook: { url: 'http://127.0.0.1:9/hook', events: ['message', 'qr'] } },
  });
  const webhooks = [api.webhooks.main(1)];
  return {
    ...api,
    record: async (said) => (await recordOne(api.db, { webhooks, ...said }))[0]?.id ?? 0,
  };
}

async function idsOf(api: Api, query: string): Promise<number[]> {
  const { status, body } = await api.call('GET', `${address}?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { deliveries: { id: number }[] }).deliveries.map(({ id }) => id);
}

test('a delivery is listed with its chat, its message, its attempts and what came back', async (t) => {
  const api = await start(t);
  const id = await api.record({ chatId: 5, messageId: '3EB0A' });
  await api.db.commit([
    sql`insert into chat_aliases (instance_id, jid, chat_id) values (1, '4917000@lid', 5), (1, '4917012345@s.whatsapp.net', 5)`,
  ]);
  const response = Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n<script>\u0000');
  await createOutboxStore(api.db).settle(
    endOf(id, { state: 'rejected', status: 404, response, attempts: 3, runs: [refusal({ count: 2 })] }),
  );
  const { body } = await api.call('GET', address);
  const { deliveries, links } = body as { deliveries: Record<string, unknown>[]; links: unknown };
  const { eventId, ...delivery } = deliveries[0] ?? {};
  assert.match(String(eventId), /^evt_/);
  assert.deepEqual(delivery, {
    id,
    webhookId: 1,
    event: 'message',
    chat: { number: 5, id: '4917012345@c.us' },
    messageId: '3EB0A',
    replayId: null,
    isReplay: false,
    bodyBytes: 55,
    state: 'rejected',
    reason: null,
    createdAt: 1000,
    settledAt: 2000,
    attemptsMade: 3,
    attempts: [
      {
        number: 1,
        count: 2,
        outcome: 'silence',
        status: null,
        reason: 'refused',
        phase: 'connect',
        detail: 'ECONNREFUSED',
        response: null,
        firstAt: 1000,
        lastAt: 1000,
        durationMs: 3,
      },
      {
        number: 3,
        count: 1,
        outcome: 'rejected',
        status: 404,
        reason: null,
        phase: null,
        detail: null,
        response: { head: 'HTTP/1.1 404 Not Found', body: '<script>\\u0000' },
        firstAt: 2000,
        lastAt: 2000,
        durationMs: 12,
      },
    ],
  });
  assert.deepEqual(links, { next: null });
});

test('the filters are those of the log, in the words of callers', async (t) => {
  const api = await start(t);
  const message = await api.record({ chatId: 5, messageId: '3EB0A', end: 'rejected', at: 1_700_000_000_000 });
  const qr = await api.record({ chatId: null, name: 'qr', end: 'parked', at: 1_700_000_600_000 });
  await api.db.commit([
    sql`insert into chat_aliases (instance_id, jid, chat_id) values (1, '4917012345@s.whatsapp.net', 5)`,
  ]);
  assert.deepEqual(await idsOf(api, 'states=rejected,parked'), [qr, message]);
  assert.deepEqual(await idsOf(api, 'states=parked'), [qr]);
  assert.deepEqual(await idsOf(api, 'events=message'), [message]);
  assert.deepEqual(await idsOf(api, 'chatId=4917012345@c.us'), [message]);
  assert.deepEqual(await idsOf(api, 'chatId=5'), [message]);
  assert.deepEqual(await idsOf(api, 'chatId=49170999999@c.us'), []);
  assert.deepEqual(await idsOf(api, 'messageId=3EB0A'), [message]);
  assert.deepEqual(await idsOf(api, 'messageId=false_4917012345@c.us_3EB0A'), [message]);
  assert.deepEqual(await idsOf(api, 'messageId=%00'), []);
  assert.deepEqual(await idsOf(api, 'since=2023-11-14T22:20:00Z'), [qr]);
  assert.deepEqual(await idsOf(api, 'until=1700000000000'), [message]);
  assert.deepEqual(await idsOf(api, 'webhookId=1&since=2023-11-14'), [qr, message]);
  assert.deepEqual(await idsOf(api, 'webhookId=2'), []);
});

test('a filter that cannot be understood is refused with what to change', async (t) => {
  const api = await start(t);
  const rows: [string, Record<string, string[]>][] = [
    ['state=rejected', { state: ['There is no field state. Did you mean "states"?'] }],
    [
      'states=rejected,',
      {
        states: ['The selected states is invalid. It can be: pending, delivered, rejected, dropped, parked.'],
      },
    ],
    ['since=6&until=5', { until: ['The until field is before since, so there is nothing between them.'] }],
    ['states=rejectd', { states: ['The selected states is invalid. Did you mean "rejected"?'] }],
    [
      'events=message,mesage_ack',
      { events: ['The selected events is invalid. Did you mean "message_ack"?'] },
    ],
    ['chatId=49170', { chatId: [] }],
    ['chatId=bogus', { chatId: ['"bogus" is missing a domain, expected <id>@c.us.'] }],
    [
      'since=yesterday',
      { since: ['The since field must be milliseconds since 1970, or a time such as 2026-11-26T08:00:00Z.'] },
    ],
    ['limit=101', { limit: ['The limit field must not be greater than 100.'] }],
  ];
  for (const [query, errors] of rows) {
    const { status, body } = await api.call('GET', `${address}?${query}`);
    if (query === 'chatId=49170') assert.equal(status, 200, 'the number of a chat');
    else assert.deepEqual([status, (body as { errors: unknown }).errors], [422, errors]);
  }
});

test('the link to the next page keeps the filter', async (t) => {
  const api = await start(t);
  const ids = await recordMany(api.db, 3, () => ({ webhooks: [api.webhooks.main(1)], end: 'rejected' }));
  const { body } = await api.call('GET', `${address}?limit=2&states=rejected&chatId=1`);
  const next = new URL(String((body as { links: { next: unknown } }).links.next));
  assert.equal(
    next.href,
    `https://wa.example.com${address}?limit=2&before=${ids[1]}&states=rejected&chatId=1`,
  );
  assert.deepEqual(await idsOf(api, next.search.slice(1)), [ids[0]]);
});

test('one delivery has the body that is sent; one of another instance is not there', async (t) => {
  const api = await start(t);
  const id = await api.record({ text: 'hello' });
  const { body } = await api.call('GET', `${address}/${id}`);
  const { delivery } = body as { delivery: { body: unknown } };
  assert.deepEqual(delivery.body, { event: 'message', instanceId: '1', data: { text: 'hello' } });
  await api.call('POST', '/api/v1/instances', { json: {} });
  for (const path of [`/api/v1/instances/2/deliveries/${id}`, `${address}/999`, `${address}/x`]) {
    assert.equal((await api.call('GET', path)).status, 404, path);
  }
});

test('a parked delivery is released once, with its attempts, and nothing else is', async (t) => {
  const api = await start(t);
  const told: number[] = [];
  const { db, webhooks } = api;
  const deliveries = createDeliveryLog({
    database: db,
    webhook: (id) => webhooks.get(id),
    onReleased: (id) => told.push(id),
  });
  const parked = await api.record({ chatId: 4, end: 'parked' });
  assert.equal((await deliveries.release(1, parked)).delivery.state, 'pending');
  assert.deepEqual(told, [1]);
  const [waiting] = await createOutboxStore(db).lanesWaiting(1, 'side', null, 10);
  assert.deepEqual(waiting, { lane: -5, headId: parked });
  const again = await api.call('POST', `${address}/${parked}/release`);
  assert.deepEqual(
    [again.status, again.body],
    [
      422,
      {
        message:
          'The delivery is pending. Only a parked one can be released; to send another once more, replay it.',
      },
    ],
  );
  const one = await api.record({ end: 'parked' });
  const answer = await api.call('POST', `${address}/${one}/release`);
  const { delivery } = answer.body as { delivery: Record<string, unknown> };
  assert.deepEqual([delivery['state'], delivery['reason'], delivery['attemptsMade']], ['pending', null, 1]);
  const many = [await api.record({ end: 'parked' }), await api.record({ end: 'parked' })];
  await api.record({ end: 'rejected' });
  const all = await api.call('POST', `${address}/release`, { json: { webhookId: 1 } });
  assert.equal((all.body as { released: number }).released, many.length);
  assert.deepEqual(await idsOf(api, 'states=parked'), []);
  assert.equal((await api.call('POST', `${address}/release`, { json: { webhookId: 9 } })).status, 404);
});

test('what is parked for a webhook without a url stays so, and the caller is told why', async (t) => {
  const api = await start(t);
  const parked = await api.record({ end: 'parked' });
  await api.call('PUT', '/api/v1/instances/1', { json: { webhook: { url: null } } });
  const { status, body } = await api.call('POST', `${address}/${parked}/release`);
  const message = 'The webhook is gone or has no url, so nothing can be sent to it. Set one first.';
  assert.deepEqual([status, body], [422, { message }]);
  assert.deepEqual(await idsOf(api, 'states=parked'), [parked]);
});

test('an instance without deliveries has an empty list', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const { body } = await api.call('GET', address);
  assert.deepEqual(body, { deliveries: [], links: { next: null }, status: 'success' });
});
