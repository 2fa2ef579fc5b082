import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { rowsOf, unitsOf } from '../database/testing/units-of.ts';
import { EventIds } from '../ids.ts';
import { plainWebhook, type Webhook } from '../webhooks/webhook.ts';
import { createOutboxStore } from './delivery-store.ts';
import { forgetOldDeliveries, forgetOldEvents, forgetOldIdentities } from './forget-old-events.ts';
import type { Delivery } from './outbox-store.ts';
import { findIdentities, newDeliveries, prepareEvent } from './record-event.ts';
import { endOf, refusal } from './testing/ends.ts';

const first = plainWebhook({ id: 7, instanceId: 33, url: 'http://receiver.test/', events: ['message'] });
const second: Webhook = { ...first, id: 8 };
const t0 = 1_700_000_000_000;
const age = { before: t0 + 100, now: t0 + 1000 };

for (const { name, open } of testDatabases()) {
  test(`${name}: a settled delivery goes when it is old, with its attempts; one that is owed never does`, async () => {
    const db = await open();
    const [owed, settled, young] = [await record(db, 10), await record(db, 20), await record(db, 100)];
    for (const delivery of [...owed, ...settled, ...young]) await attempted(db, delivery);
    await settle(db, [...settled, ...young]);
    assert.deepEqual(await forget(db), { deliveries: 1, events: 1 });
    const kept = [...owed, ...young].map(({ id }) => id);
    assert.deepEqual(await numbers(db, sql`select id as n from deliveries order by id`), kept);
    assert.deepEqual(await numbers(db, sql`select delivery_id as n from attempts order by 1`), kept);
    assert.deepEqual(await eventsKept(db), [10, 100]);
    const heads = await createOutboxStore(db).heads(7, 5, 10);
    assert.deepEqual(
      heads.map(({ id }) => id),
      owed.map(({ id }) => id),
    );
  });

  test(`${name}: an event stays as long as one of its webhooks is owed it, and goes with the last`, async () => {
    const db = await open();
    const [toFirst, toSecond] = await record(db, 10, [first, second]);
    await record(db, 20, []);
    assert.ok(toFirst && toSecond);
    await settle(db, [toFirst]);
    assert.deepEqual(await forget(db), { deliveries: 1, events: 1 });
    assert.deepEqual(await eventsKept(db), [10]);
    await settle(db, [toSecond]);
    assert.deepEqual(await forget(db), { deliveries: 1, events: 1 });
    assert.deepEqual(await eventsKept(db), []);
  });

  test(`${name}: what is owed stays, however much it is and whatever the clock did`, async () => {
    const db = await open();
    const owed = new Set<number>();
    // The clock goes back and forth, so ids of deliveries and of events are not in the same order.
    await Promise.all(
      Array.from({ length: 1600 }, async (_, number) => {
        const [delivery] = await record(db, (number * 37) % 100, [first], 100 + (number % 11));
        assert.ok(delivery);
        if (number % 3 === 0) owed.add(delivery.id);
        else await settle(db, [delivery]);
      }),
    );
    // Fewer in memory at a time than are owed.
    await unitsOf(forgetOldDeliveries(db, age));
    await unitsOf(forgetOldEvents(db, age, 100));
    assert.deepEqual(
      await numbers(db, sql`select id as n from deliveries order by id`),
      [...owed].toSorted(byNumber),
    );
    const [kept] = await db.all(sql`select count(*) as n from events`);
    assert.equal(kept?.['n'], owed.size);
    const bodies = await db.all(sql`select 1 as one from deliveries join events on events.id = event_id`);
    assert.equal(bodies.length, owed.size);
  });

  test(`${name}: after a time in which the clock was ahead, what is old goes all the same, and nothing else`, async () => {
    const db = await open();
    const ids = new EventIds(null);
    for (const at of [5000, 10, 20, 200, 6000, 300]) await record(db, at, [], 5, ids.next(t0 + at));
    assert.deepEqual(await forget(db), { deliveries: 0, events: 3 });
    assert.deepEqual(await eventsKept(db), [200, 6000, 300]);
    const onlyAhead = await open();
    for (const at of [5000, 6000, 200]) await record(onlyAhead, at, [], 5, ids.next(t0 + at));
    assert.deepEqual(await forget(onlyAhead), { deliveries: 0, events: 0 });
  });

  test(`${name}: an identity is known until it is old`, async () => {
    const db = await open();
    await record(db, 99);
    await record(db, 100);
    await unitsOf(forgetOldIdentities(db, age));
    assert.deepEqual(await findIdentities(db, 33, ['m 99', 'm 100']), new Set(['m 100']));
  });
}

async function record(
  db: Database,
  at: number,
  webhooks = [first],
  chatId = 5,
  id?: string,
): Promise<Delivery[]> {
  const identity = webhooks.length === 1 && chatId === 5 ? `m ${at}` : null;
  const draft = { name: 'message', data: { at }, identity } as const;
  const prepared = prepareEvent({
    instanceId: 33,
    chatId,
    draft,
    webhooks,
    nowMs: t0 + at,
    ...(id === undefined ? {} : { id }),
  });
  return newDeliveries([prepared], await db.commit(prepared.statements));
}

async function settle(db: Database, deliveries: readonly Delivery[]): Promise<void> {
  const store = createOutboxStore(db);
  await Promise.all(
    deliveries.map(({ id }) => store.settle(endOf(id, { attempts: 2, settledAt: t0 + 500 }))),
  );
}

async function attempted(db: Database, { id }: Delivery): Promise<void> {
  const runs = [refusal({ firstAt: t0, lastAt: t0 })];
  await createOutboxStore(db).logAttempts({ deliveryId: id, attempts: 1, runs });
}

async function forget(db: Database): Promise<{ deliveries: number; events: number }> {
  const deliveries = await rowsOf(forgetOldDeliveries(db, age));
  return { deliveries, events: await rowsOf(forgetOldEvents(db, age)) };
}

async function eventsKept(db: Database): Promise<number[]> {
  return numbers(db, sql`select recorded_at - ${t0} as n from events order by id`);
}

async function numbers(db: Database, query: ReturnType<typeof sql>): Promise<number[]> {
  return (await db.all<{ n: number }>(query)).map(({ n }) => n);
}

function byNumber(one: number, other: number): number {
  return one - other;
}
