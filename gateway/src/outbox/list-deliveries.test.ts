import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { raw, sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { plainWebhook } from '../webhooks/webhook.ts';
import { allIds, idsOfMessage, idsOfReplay, unusualIds, waitingOf } from './delivery-ids.ts';
import { createOutboxStore } from './delivery-store.ts';
import { idsBetween } from './find-by-time.ts';
import { getDelivery, listDeliveries, type DeliveryPage } from './list-deliveries.ts';
import { endOf, refusal } from './testing/ends.ts';
import { fill, hook, recordMany, recordOne } from './testing/recording.ts';

const other = { ...hook, id: 8 };
const minute = 60_000;

const databases = testDatabases();
for (const { name, open } of databases) {
  test(`${name}: deliveries are found by each thing that the log knows of them, and by several`, async () => {
    const db = await open();
    const [first = 0, ack = 0, qr = 0] = [
      ...(await recordMany(db, 1, () => ({ chatId: 3, messageId: '3EB0A', end: 'rejected', at: 1000 }))),
      ...(await recordMany(db, 1, () => ({ chatId: 3, messageId: '3EB0A', name: 'message_ack', at: 2000 }))),
      ...(await recordMany(db, 1, () => ({ chatId: null, name: 'qr', end: 'parked', at: 3000 }))),
    ];
    const inOneLane = plainWebhook({ ...hook, id: 9, options: { ...hook.options, ordering: 'instance' } });
    const [lane0 = 0] = (await recordOne(db, { webhooks: [inOneLane], chatId: 3, at: 4000 })).map(
      ({ id }) => id,
    );
    await recordMany(db, 1, () => ({ instanceId: 2, messageId: '3EB0A', end: 'rejected' }));
    const found = async (filter: Partial<DeliveryPage>) => {
      const { deliveries, next } = await listDeliveries(db, { instanceId: 1, limit: 10, ...filter });
      assert.equal(next, null);
      return deliveries.map(({ id }) => id);
    };
    assert.deepEqual(await found({}), [lane0, qr, ack, first]);
    assert.deepEqual(await found({ webhookId: 9 }), [lane0]);
    assert.deepEqual(await found({ states: ['pending'], webhookId: 7 }), [ack]);
    assert.deepEqual(await found({ states: ['rejected'] }), [first]);
    assert.deepEqual(await found({ states: ['rejected', 'parked'] }), [qr, first]);
    assert.deepEqual(await found({ states: ['rejected', 'pending'] }), [lane0, ack, first]);
    assert.deepEqual(await found({ events: ['message_ack', 'qr'] }), [qr, ack]);
    assert.deepEqual(await found({ chatIds: [3] }), [lane0, ack, first]);
    assert.deepEqual(await found({ chatIds: [4] }), []);
    assert.deepEqual(await found({ messageId: '3EB0A' }), [ack, first]);
    assert.deepEqual(await found({ messageId: '3EB0A', states: ['rejected'], chatIds: [4, 3] }), [first]);
    assert.deepEqual(await found({ messageId: '3EB0B' }), []);
    assert.deepEqual(await found({ sinceMs: 2000, untilMs: 3000 }), [qr, ack]);
    assert.deepEqual(await found({ sinceMs: 4001 }), []);
    assert.deepEqual(await found({ replayId: 1 }), []);
  });

  test(`${name}: what waits is listed by its own index, page by page and newest first`, async () => {
    const db = await open();
    await db.commit([
      sql`insert into webhooks (id, instance_id, url, events, created_at, updated_at) ${raw(
        db.dialect === 'postgres' ? 'overriding system value' : '',
      )} values (7, 1, 'http://x', '', 0, 0)`,
    ]);
    const ids = await recordMany(db, 5, (index) => ({ chatId: 9 - index }));
    await recordMany(db, 3, () => ({ end: 'delivered' }));
    const pages: number[][] = [];
    for (let before: number | undefined, isLast = false; !isLast;) {
      const page = await listDeliveries(db, { instanceId: 1, states: ['pending'], limit: 2, before });
      pages.push(page.deliveries.map(({ id }) => id));
      before = page.next ?? undefined;
      isLast = page.next === null;
    }
    assert.deepEqual(pages.flat(), ids.toReversed());
  });

  test(`${name}: a filter that lets little through gives short pages, and leads to all of it`, async () => {
    const db = await open();
    const [oldest] = await recordMany(db, 1, () => ({ webhooks: [other], at: minute }));
    await fill(db, { count: 12_000, at: 10 * minute });
    const first = await listDeliveries(db, { instanceId: 1, webhookId: 8, limit: 10 });
    assert.deepEqual(first.deliveries, []);
    assert.notEqual(first.next, null);
    const second = await listDeliveries(db, {
      instanceId: 1,
      webhookId: 8,
      limit: 10,
      before: first.next ?? undefined,
    });
    assert.deepEqual([second.deliveries.map(({ id }) => id), second.next], [[oldest], null]);
    // The time leads past the others at once.
    const timed = await listDeliveries(db, { instanceId: 1, webhookId: 8, limit: 10, untilMs: 2 * minute });
    assert.deepEqual([timed.deliveries.map(({ id }) => id), timed.next], [[oldest], null]);
  });

  test(`${name}: the ids of a time are found in a log with holes, to the minute`, async () => {
    const db = await open();
    const ids = await recordMany(db, 20, (index) => ({ at: index * 10 * minute }));
    await db.commit([sql`delete from deliveries where id in (${ids[3] ?? 0}, ${ids[10] ?? 0})`]);
    assert.deepEqual(await idsBetween(db, 50 * minute, 80 * minute), {
      first: ids[5],
      last: (ids[9] ?? 0) - 1,
    });
    assert.deepEqual(await idsBetween(db, undefined, undefined), { first: 0, last: Number.MAX_SAFE_INTEGER });
    assert.equal((await idsBetween(db, 1000 * minute, undefined)).first, (ids.at(-1) ?? 0) + 1);
    const empty = await idsBetween(await open(), 5, 6);
    assert.ok(empty.first > empty.last || empty.last < 1, 'nothing is there');
  });

  test(`${name}: one delivery is shown with its body, its attempts and what came back`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [delivery] = await recordOne(db, { chatId: 3, messageId: '3EB0A', text: 'hello' });
    const id = delivery?.id ?? 0;
    const response = Buffer.from('HTTP/1.1 503 Busy\r\n\r\nlater\u0007');
    const deferred = refusal({ number: 5, outcome: 'deferred', reason: null, phase: null, detail: null });
    await store.settle(
      endOf(id, {
        state: 'rejected',
        status: 410,
        attempts: 6,
        response: Buffer.from('HTTP/1.1 410 Gone\r\n\r\n'),
        runs: [refusal({ count: 4, lastAt: 1500 }), { ...deferred, status: 503, response }],
      }),
    );
    const found = await getDelivery(db, 1, id);
    assert.equal(
      Buffer.from(found?.body ?? []).toString(),
      '{"event":"message","instanceId":"1","data":{"text":"hello"}}',
    );
    assert.deepEqual(found?.delivery, {
      id,
      webhookId: 7,
      event: { id: delivery?.eventId, name: 'message' },
      chatId: 3,
      messageId: '3EB0A',
      replayId: null,
      bodyBytes: 60,
      state: 'rejected',
      reason: null,
      createdAt: 1000,
      settledAt: 2000,
      attempts: 6,
      attemptLog: [
        {
          number: 1,
          count: 4,
          outcome: 'silence',
          status: null,
          reason: 'refused',
          phase: 'connect',
          detail: 'ECONNREFUSED',
          response: null,
          firstAt: 1000,
          lastAt: 1500,
          durationMs: 3,
        },
        {
          number: 5,
          count: 1,
          outcome: 'deferred',
          status: 503,
          reason: null,
          phase: null,
          detail: null,
          response: { head: 'HTTP/1.1 503 Busy', body: 'later\\u0007' },
          firstAt: 1000,
          lastAt: 1000,
          durationMs: 3,
        },
        {
          number: 6,
          count: 1,
          outcome: 'rejected',
          status: 410,
          reason: null,
          phase: null,
          detail: null,
          response: { head: 'HTTP/1.1 410 Gone', body: '' },
          firstAt: 2000,
          lastAt: 2000,
          durationMs: 12,
        },
      ],
    });
    assert.equal(await getDelivery(db, 2, id), undefined, 'it is of another instance');
  });
}

test('SQLite finds the unusual, the waiting, those of a message and those of a replay by their own indexes', async () => {
  const db = await (databases[0] ?? assert.fail()).open();
  const filter = { instanceId: 1 };
  const part = { first: 5, before: 900, count: 10 };
  const cases: [Statement, RegExp][] = [
    [unusualIds(filter, part), /USING (COVERING )?INDEX deliveries_unusual/],
    [waitingOf(filter), /USING (COVERING )?INDEX deliveries_pending/],
    [waitingOf({ ...filter, webhookId: 7 }), /USING (COVERING )?INDEX deliveries_pending/],
    [idsOfMessage(filter, '3EB0A', part), /USING (COVERING )?INDEX deliveries_by_message/],
    [idsOfReplay(4, ['rejected', 'parked'], part), /USING (COVERING )?INDEX deliveries_by_replay/],
    [allIds(filter, part), /USING COVERING INDEX deliveries_by_instance/],
  ];
  for (const [query, index] of cases) {
    const plan = await planOf(db, query);
    assert.match(plan, index);
    assert.doesNotMatch(plan, /SCAN deliveries/);
  }
});

async function planOf(db: Database, query: Statement): Promise<string> {
  const rows = await db.all(sql`explain query plan ${query}`);
  return rows.map((row) => String(row['detail'])).join('\n');
}
