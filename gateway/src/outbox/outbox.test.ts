import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { plainWebhook, type Webhook } from '../webhooks/webhook.ts';
import { createOutboxStore } from './delivery-store.ts';
import { hasWaiting } from './waiting-deliveries.ts';
import { listDeliveries } from './list-deliveries.ts';
import type { AttemptRun, Delivery, Settlement } from './outbox-store.ts';
import { findIdentities, newDeliveries, prepareEvent, type EventToRecord } from './record-event.ts';
import { endOf, refusal } from './testing/ends.ts';

const wanting = plainWebhook({
  id: 7,
  instanceId: 33,
  url: 'http://receiver.test/',
  events: ['message', 'qr'],
});
const other: Webhook = { ...wanting, id: 8, events: ['message'] };
const cleared: Webhook = { ...wanting, id: 9, url: null };

test('the body is the documented envelope: the id as text, and data always there', () => {
  const { event } = prepareEvent(
    eventOf({ draft: { name: 'authenticated', data: undefined, identity: null } }),
  );
  assert.equal(Buffer.from(event.body).toString(), '{"event":"authenticated","instanceId":"33","data":{}}');
});

for (const { name, open } of testDatabases()) {
  test(`${name}: an event is owed to the webhooks that want it when it is recorded`, async () => {
    const db = await open();
    const message = await record(db, { webhooks: [wanting, other, cleared], chatId: 5 });
    assert.deepEqual(
      message.map(({ webhookId, lane, eventName }) => ({ webhookId, lane, eventName })),
      [
        { webhookId: 7, lane: 5, eventName: 'message' },
        { webhookId: 8, lane: 5, eventName: 'message' },
      ],
    );
    const qr = await record(db, {
      chatId: null,
      webhooks: [wanting, other],
      draft: { name: 'qr', data: {}, identity: null },
    });
    assert.deepEqual(
      qr.map(({ webhookId, lane }) => [webhookId, lane]),
      [[7, 0]],
    );
    await record(db, { webhooks: [cleared] });
    const events = await db.all(sql`select id from events`);
    assert.equal(events.length, 3, 'it is in the event log, wanted or not');
  });

  test(`${name}: a webhook has something waiting until its last delivery has ended`, async () => {
    const db = await open();
    const [first, second] = await record(db, { webhooks: [wanting, other] });
    assert.deepEqual(
      [await hasWaiting(db, 7), await hasWaiting(db, 8), await hasWaiting(db, 9)],
      [true, true, false],
    );
    await createOutboxStore(db).settle(endOf(first?.id ?? 0));
    assert.deepEqual([await hasWaiting(db, 7), await hasWaiting(db, second?.webhookId ?? 0)], [false, true]);
  });

  test(`${name}: several events in one unit with other statements give their deliveries in order`, async () => {
    const db = await open();
    const prepared = [1, 2, 3].map((seq) => prepareEvent(eventOf({ draft: draft(seq) })));
    const rows = await db.commit([
      sql`select 1 as delivery_id`,
      ...prepared.flatMap(({ statements }) => statements),
      sql`delete from attempts`,
    ]);
    const deliveries = newDeliveries(prepared, rows);
    assert.deepEqual(
      deliveries.map(({ eventId }) => eventId),
      prepared.map(({ event }) => event.id),
    );
    assert.deepEqual(
      deliveries.map(({ id }) => id),
      deliveries.map(({ id }) => id).toSorted((one, two) => one - two),
    );
  });

  test(`${name}: an identity is known from the moment its event is recorded, and cannot be recorded twice`, async () => {
    const db = await open();
    await record(db, { draft: draft(1) });
    assert.deepEqual(await findIdentities(db, 33, ['message 1', 'message 2']), new Set(['message 1']));
    assert.deepEqual(await findIdentities(db, 34, ['message 1']), new Set());
    assert.deepEqual(await findIdentities(db, 33, []), new Set());
    await assert.rejects(record(db, { draft: draft(1) }), { name: 'DataError' });
    assert.equal((await db.all(sql`select id from events`)).length, 1);
  });

  test(`${name}: a body comes back as the same bytes, whatever characters it has`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [recorded] = await record(db, { draft: draft('\u0000 \ud800 \u{1f600} "\\') });
    const [read] = await store.heads(7, 1, 10);
    assert.deepEqual(Buffer.from(read?.body ?? []), Buffer.from(recorded?.body ?? []));
    assert.equal(typeof read?.id, 'number');
  });

  test(`${name}: what waits is found by webhook, by lane and in order, in pages`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const recorded: Delivery[] = [];
    for (const [webhook, chatId] of [
      [wanting, 3],
      [other, 2],
      [wanting, 1],
      [wanting, null],
      [wanting, 3],
    ] as const) {
      recorded.push(...(await record(db, { webhooks: [webhook], chatId })));
    }
    const ids = recorded.map(({ id }) => id);
    assert.deepEqual(await store.webhooksWaiting(0, 10), [7, 8]);
    assert.deepEqual(await store.webhooksWaiting(0, 1), [7]);
    assert.deepEqual(await store.webhooksWaiting(7, 10), [8]);
    assert.deepEqual(await store.webhooksWaiting(8, 10), []);
    assert.deepEqual(await store.lanesWaiting(7, 'live', null, 10), [
      { lane: 0, headId: ids[3] },
      { lane: 1, headId: ids[2] },
      { lane: 3, headId: ids[0] },
    ]);
    assert.deepEqual(
      (await store.lanesWaiting(7, 'live', 0, 1)).map(({ lane }) => lane),
      [1],
    );
    assert.deepEqual(await store.lanesWaiting(7, 'live', 3, 10), []);
    assert.deepEqual(
      (await store.heads(7, 3, 10)).map(({ id }) => id),
      [ids[0], ids[4]],
    );
    assert.deepEqual(
      (await store.heads(7, 3, 1)).map(({ id }) => id),
      [ids[0]],
    );
    for (const delivery of recorded) await store.settle(settlementOf(delivery));
    assert.deepEqual(await store.webhooksWaiting(0, 10), []);
    assert.deepEqual(await store.lanesWaiting(7, 'live', null, 10), []);
    assert.deepEqual(await store.heads(7, 3, 10), []);
  });

  test(`${name}: a delivery ends once; the end that came first stays`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [delivery] = await record(db, {});
    if (!delivery) throw new Error('nothing was recorded');
    await store.settle(settlementOf(delivery, { state: 'rejected', status: 500 }));
    await store.settle(settlementOf(delivery, { state: 'delivered', status: 200 }));
    const [listed] = (await listDeliveries(db, { instanceId: 33, limit: 10 })).deliveries;
    assert.equal(listed?.state, 'rejected');
    assert.deepEqual(listed?.attemptLog, [
      {
        number: 1,
        count: 1,
        outcome: 'rejected',
        status: 500,
        reason: null,
        phase: null,
        detail: null,
        response: null,
        firstAt: 2000,
        lastAt: 2000,
        durationMs: 12,
      },
    ]);
  });

  test(`${name}: attempts that are written after the delivery was dropped are counted too`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [delivery] = await record(db, {});
    if (!delivery) throw new Error('nothing was recorded');
    await store.logAttempts({ deliveryId: delivery.id, attempts: 11, runs: [run(1, 11, 'refused')] });
    await store.drop({
      webhookId: 7,
      keepEvents: [],
      except: [],
      reason: 'webhook_cleared',
      settledAt: 3000,
    });
    await store.logAttempts({ deliveryId: delivery.id, attempts: 12, runs: [run(1, 12, 'refused')] });
    await store.logAttempts({ deliveryId: delivery.id, attempts: 2, runs: [] });
    const [listed] = (await listDeliveries(db, { instanceId: 33, limit: 10 })).deliveries;
    assert.deepEqual([listed?.state, listed?.attempts, listed?.attemptLog[0]?.count], ['dropped', 12, 12]);
  });

  test(`${name}: attempts of one outcome in a row are one record, and only the last 20 records are kept`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [delivery] = await record(db, {});
    if (!delivery) throw new Error('nothing was recorded');
    await store.logAttempts({ deliveryId: delivery.id, attempts: 1, runs: [run(1, 1, 'refused')] });
    await store.logAttempts({
      deliveryId: delivery.id,
      attempts: 9,
      runs: [run(1, 8, 'refused'), run(9, 1, 'reset')],
    });
    await store.logAttempts({ deliveryId: delivery.id, attempts: 9, runs: [run(9, 1, 'reset')] });
    assert.equal((await store.heads(7, 1, 1))[0]?.attempts, 9);
    await store.settle(settlementOf(delivery, { attempts: 11, runs: [run(9, 2, 'reset')] }));
    const [listed] = (await listDeliveries(db, { instanceId: 33, limit: 10 })).deliveries;
    assert.deepEqual(
      listed?.attemptLog.map(({ number, count, outcome, reason }) => ({ number, count, outcome, reason })),
      [
        { number: 1, count: 8, outcome: 'silence', reason: 'refused' },
        { number: 9, count: 2, outcome: 'silence', reason: 'reset' },
        { number: 11, count: 1, outcome: 'delivered', reason: null },
      ],
    );
    const [next] = await record(db, { draft: draft(2) });
    if (!next) throw new Error('nothing was recorded');
    for (let number = 1; number <= 30; number++) {
      await store.logAttempts({
        deliveryId: next.id,
        attempts: number,
        runs: [run(number, 1, `reason ${number}`)],
      });
    }
    const [kept] = (await listDeliveries(db, { instanceId: 33, limit: 1 })).deliveries;
    assert.deepEqual([kept?.attempts, kept?.attemptLog.length, kept?.attemptLog[0]?.number], [30, 20, 11]);
  });

  test(`${name}: only what a webhook no longer wants is dropped, with the reason`, async () => {
    const db = await open();
    const store = createOutboxStore(db);
    const [inFlight, waiting] = [
      ...(await record(db, { draft: draft(1) })),
      ...(await record(db, { draft: draft(2) })),
    ];
    await record(db, { draft: { name: 'qr', data: {}, identity: null } });
    await record(db, { webhooks: [other], draft: draft(3) });
    const selection = { webhookId: 7, reason: 'unsubscribed' as const, settledAt: 2000 };
    const dropped = await store.drop({ ...selection, keepEvents: ['qr'], except: [inFlight?.id ?? 0] });
    assert.deepEqual(dropped, { count: 1, hasMore: false });
    const states = async () => {
      const { deliveries: listed } = await listDeliveries(db, { instanceId: 33, limit: 10 });
      return listed.map(
        ({ event, webhookId, state, reason }) => `${webhookId} ${event.name} ${state} ${reason}`,
      );
    };
    assert.deepEqual(await states(), [
      '8 message pending null',
      '7 qr pending null',
      '7 message dropped unsubscribed',
      '7 message pending null',
    ]);
    assert.equal((await listDeliveries(db, { instanceId: 33, limit: 3 })).deliveries.at(-1)?.id, waiting?.id);
    await store.drop({ ...selection, reason: 'webhook_cleared', keepEvents: [], except: [] });
    assert.deepEqual((await states()).slice(1), [
      '7 qr dropped webhook_cleared',
      '7 message dropped unsubscribed',
      '7 message dropped webhook_cleared',
    ]);
  });

  test(`${name}: deliveries are listed newest first, page by page, of one instance only`, async () => {
    const db = await open();
    const ids: number[] = [];
    for (let seq = 1; seq <= 5; seq++) {
      ids.unshift(...(await record(db, { draft: draft(seq) })).map(({ id }) => id));
    }
    await record(db, { instanceId: 34, draft: draft(1) });
    const page = async (before?: number) =>
      (await listDeliveries(db, { instanceId: 33, limit: 2, before })).deliveries.map(({ id }) => id);
    assert.deepEqual(await page(), ids.slice(0, 2));
    assert.deepEqual(await page(ids[1]), ids.slice(2, 4));
    assert.deepEqual(await page(ids[3]), ids.slice(4));
    assert.deepEqual(await page(ids[4]), []);
  });
}

function draft(seq: unknown): EventToRecord['draft'] {
  return { name: 'message', data: { seq }, identity: `message ${JSON.stringify(seq)}` };
}

function eventOf(changes: Partial<EventToRecord>): EventToRecord {
  const usual = { instanceId: 33, chatId: 1, webhooks: [wanting], nowMs: 1000 };
  return { ...usual, draft: { name: 'message', data: {}, identity: null }, ...changes };
}

async function record(db: Database, changes: Partial<EventToRecord>): Promise<Delivery[]> {
  const prepared = prepareEvent(eventOf(changes));
  return newDeliveries([prepared], await db.commit(prepared.statements));
}

function settlementOf(delivery: Delivery, changes: Partial<Settlement> = {}): Settlement {
  return endOf(delivery.id, changes);
}

function run(number: number, count: number, reason: string): AttemptRun {
  return refusal({ number, count, reason, firstAt: 1000 + number, lastAt: 1000 + number + count });
}
