import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure, type Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { createOutboxStore } from './delivery-store.ts';
import { forgetOldEvents } from './forget-old-events.ts';
import { forgetOldReplays } from './forget-old-replays.ts';
import { listDeliveries, type DeliveryRecord } from './list-deliveries.ts';
import type { ReplayLimits } from './replay-runner.ts';
import { createReplays, type Replays } from './replays.ts';
import { endedStates, type ReplayReport, type ReplaySelection } from './replay.ts';
import { unitsOf } from '../database/testing/units-of.ts';
import { until } from '../testing/until.ts';
import { endOf } from './testing/ends.ts';
import { hook, recordMany, recordOne } from './testing/recording.ts';

const everything: ReplaySelection = {
  of: 'log',
  webhookId: hook.id,
  states: endedStates,
  events: null,
  sinceMs: null,
  untilMs: null,
};

for (const { name, open } of testDatabases()) {
  test(`${name}: what is made again has the same event and body, its lane beside, and a number of its replay`, async () => {
    const { db, replays } = await start(open);
    const [old] = await recordOne(db, { chatId: 4, messageId: '3EB0A', text: 'once', end: 'rejected' });
    const [told] = await recordOne(db, { chatId: null, name: 'qr', end: 'delivered' });
    const before = await all(db);
    const { replay } = await replays.create(1, everything);
    await ended(replays, replay.id);
    const [qr, message, ...olds] = await all(db);
    assert.deepEqual(olds, before, 'the old rows stay as they are');
    const heads = [...(await sideHeads(db, -5)), ...(await sideHeads(db, -1))];
    assert.deepEqual(
      heads.map(({ id, eventId, attempts, replayId }) => ({ id, eventId, attempts, replayId })),
      [
        { id: message?.id, eventId: old?.eventId, attempts: 0, replayId: replay.id },
        { id: qr?.id, eventId: told?.eventId, attempts: 0, replayId: replay.id },
      ],
    );
    assert.deepEqual(Buffer.from(heads[0]?.body ?? []), Buffer.from(old?.body ?? []));
    assert.deepEqual(
      [message?.messageId, message?.bodyBytes, message?.state],
      ['3EB0A', old?.body.length, 'pending'],
    );
  });

  test(`${name}: only what was asked for is made, oldest first, and a replay of before is not among it`, async () => {
    const { db, replays } = await start(open);
    const minute = 60_000;
    const [rejected = 0] = await recordMany(db, 1, () => ({ end: 'rejected', at: 60_000 }));
    await recordMany(db, 1, () => ({ end: 'delivered', at: 2 * minute }));
    const [ack = 0] = await recordMany(db, 1, () => ({ name: 'message_ack', end: 'parked', at: 3 * minute }));
    await recordMany(db, 1, () => ({ at: 4 * minute }));
    await recordMany(db, 1, () => ({ webhooks: [{ ...hook, id: 8 }], end: 'rejected', at: 5 * minute }));
    const unwanted = { ...hook, events: [...hook.events, 'ready' as const] };
    await recordMany(db, 1, () => ({ webhooks: [unwanted], name: 'ready', end: 'rejected', at: 6 * minute }));
    const made = async (changes: Partial<Extract<ReplaySelection, { of: 'log' }>>) => {
      const { replay } = await replays.create(1, { ...everything, ...changes });
      await ended(replays, replay.id);
      return madeOf(db, replay.id);
    };
    const eventOf = new Map((await all(db)).map((delivery) => [delivery.id, delivery.event.id]));
    assert.deepEqual(await made({ states: ['rejected'] }), [eventOf.get(rejected)]);
    assert.deepEqual(await made({ states: ['rejected', 'parked'] }), [
      eventOf.get(rejected),
      eventOf.get(ack),
    ]);
    assert.equal((await made({})).length, 3);
    assert.deepEqual(await made({ sinceMs: 3 * minute }), [eventOf.get(ack)]);
    assert.deepEqual(await made({ untilMs: 3 * minute - 1, states: ['rejected', 'parked'] }), [
      eventOf.get(rejected),
    ]);
    assert.deepEqual(await made({ events: ['message_ack'] }), [eventOf.get(ack)]);
    assert.deepEqual(await made({ events: ['ready'] }), [], 'the webhook does not want it');
    const { replay } = await replays.create(1, { of: 'ids', deliveryIds: [rejected, ack] });
    await ended(replays, replay.id);
    assert.deepEqual(await madeOf(db, replay.id), [eventOf.get(rejected), eventOf.get(ack)]);
  });

  test(`${name}: a file is fetched anew when the webhook wants files now, and only for a received message`, async () => {
    const { db, replays, webhooks } = await start(open);
    const ids = [
      ...(await recordMany(db, 1, () => ({ end: 'rejected', at: 60_000 }))),
      ...(await recordMany(db, 1, () => ({ name: 'message_ack', end: 'rejected', at: 120_000 }))),
    ];
    const wantsOf = async (selection: ReplaySelection) => {
      const { replay } = await replays.create(1, selection);
      await ended(replays, replay.id);
      const rows = await db.all<{ name: string; media: string | null }>(sql`select name, media from deliveries
        join events on events.id = event_id where replay_id = ${replay.id} order by deliveries.id`);
      return rows.map((row) => `${row.name} ${row.media}`);
    };
    const selections: ReplaySelection[] = [
      everything,
      { ...everything, of: 'events', sinceMs: 0 },
      { of: 'ids', deliveryIds: ids },
    ];
    for (const selection of selections) {
      webhooks.set(hook.id, hook);
      assert.deepEqual(await wantsOf(selection), ['message null', 'message_ack null']);
      await db.commit([sql`delete from deliveries where replay_id is not null`]);
      const media = { ...hook.options.media, inline: true };
      webhooks.set(hook.id, { ...hook, options: { ...hook.options, media } });
      assert.deepEqual(await wantsOf(selection), ['message wanted', 'message_ack null']);
      await db.commit([sql`delete from deliveries where replay_id is not null`]);
    }
  });

  test(`${name}: events that the webhook never was owed can be told too, but not those that wait for it`, async () => {
    const { db, replays } = await start(open);
    const told: string[] = [];
    const record = async (webhooks: readonly Webhook[], end?: 'delivered' | 'rejected') => {
      const at = 1000 * (told.length + 1);
      await recordOne(db, { webhooks, at, ...(end === undefined ? {} : { end }) });
      const row = await db.first<{ id: string }>(sql`select id from events where recorded_at = ${at}`);
      told.push(row?.id ?? '');
    };
    await record([hook], 'rejected');
    await record([]);
    await record([{ ...hook, id: 8 }], 'delivered');
    await record([hook]);
    await record([hook], 'delivered');
    await recordOne(db, { webhooks: [], name: 'ready', at: 6000 });
    await recordOne(db, { webhooks: [], instanceId: 2, at: 7000 });
    const from = { ...everything, of: 'events', sinceMs: 2000 } as const;
    const { replay } = await replays.create(1, from);
    await ended(replays, replay.id);
    assert.deepEqual(await madeOf(db, replay.id), [told[1], told[2], told[4]]);
    const part = await replays.create(1, { ...from, states: ['rejected'], sinceMs: 0 });
    await ended(replays, part.replay.id);
    assert.deepEqual(await madeOf(db, part.replay.id), [told[0], told[1], told[2]]);
  });

  test(`${name}: killed after any unit, a replay goes on without loss or double`, async () => {
    const db = await open();
    await recordMany(db, 23, (index) => ({ chatId: (index % 3) + 1, end: 'rejected' }));
    await recordMany(db, 2, () => ({ webhooks: [], at: 2000 }));
    const selections: ReplaySelection[] = [
      everything,
      { ...everything, of: 'events', sinceMs: 0 },
      { of: 'ids', deliveryIds: (await all(db)).map(({ id }) => id).toReversed() },
    ];
    for (const selection of selections) {
      let commits = 1;
      const dying: Database = {
        ...db,
        commit: (unit) =>
          commits-- > 0 ? db.commit(unit) : Promise.reject(new StoreFailure('The process is gone.')),
      };
      let id = 0;
      for (let lives = 0; lives < 100; lives++) {
        const { replays, clock } = replaysOn(dying, { perUnit: 4 });
        if (id === 0) ({ id } = (await replays.create(1, selection)).replay);
        else await replays.start();
        await until(() => commits < 0 || clock.nextInMs !== null || isEnded(db, id));
        await replays.stop();
        if (await isEnded(db, id)) break;
        commits = 1 + (lives % 2);
      }
      const made = await madeOf(db, id);
      assert.equal(made.length, selection.of === 'events' ? 25 : 23);
      assert.equal(new Set(made).size, made.length);
      assert.equal((await replaysOn(db).replays.get(1, id)).replay.made, made.length);
    }
  });

  test(`${name}: a unit whose outcome nobody knows is made once, and the webhook is looked at again`, async () => {
    const db = await open();
    await recordMany(db, 6, () => ({ end: 'rejected' }));
    let isUnsure = false;
    const unsure: Database = {
      ...db,
      async commit(unit) {
        const rows = await db.commit(unit);
        if (!isUnsure) return rows;
        isUnsure = false;
        throw new StoreFailure('The connection was lost.');
      },
    };
    const { replays, clock, made } = replaysOn(unsure, { perUnit: 4 });
    const { replay } = await replays.create(1, everything);
    isUnsure = true;
    await until(() => clock.nextInMs !== null);
    clock.advance(1000);
    await ended(replays, replay.id);
    assert.equal((await madeOf(db, replay.id)).length, 6);
    assert.ok(made.length >= 2);
    await replays.stop();
  });

  for (const perUnit of [4, 6]) {
    test(`${name}: a unit of ${perUnit} that is in the store only after it has failed here is looked for then`, async () => {
      const db = await open();
      await recordMany(db, 6, () => ({ end: 'rejected' }));
      let isLost = false;
      let late = Promise.resolve<unknown>(null);
      const slow: Database = {
        ...db,
        async commit(unit) {
          if (!isLost) return db.commit(unit);
          isLost = false;
          late = until(() => clock.monotonic() > 0).then(() => db.commit(unit));
          throw new StoreFailure('There was no answer in time.');
        },
      };
      const { replays, clock, made } = replaysOn(slow, { perUnit });
      const { replay } = await replays.create(1, everything);
      isLost = true;
      await until(() => clock.nextInMs !== null);
      const atOnce = made.length;
      clock.advance(1000);
      await late;
      await ended(replays, replay.id);
      await replays.stop();
      assert.equal((await madeOf(db, replay.id)).length, 6);
      // Once for each page that is known to be there, once for the one that was not.
      assert.ok(made.length - atOnce >= (perUnit === 4 ? 2 : 1));
    });
  }

  test(`${name}: no more wait than may, and it goes on when half of them have ended`, async () => {
    const { db, replays } = await start(open, { perUnit: 3, waitingMax: 8 });
    await recordMany(db, 20, () => ({ end: 'rejected' }));
    const { replay } = await replays.create(1, everything);
    const store = createOutboxStore(db);
    let settled = 0;
    for (const expected of [8, 12, 16, 20]) {
      await until(async () => (await replays.get(1, replay.id)).replay.made === expected);
      const { counts } = await replays.get(1, replay.id);
      assert.ok(counts.pending <= 8);
      for (let count = 0; count < 4; count++) {
        const [head] = await sideHeads(db, -2);
        await store.settle(endOf(head?.id ?? 0));
        replays.ended(1);
        settled++;
      }
    }
    await ended(replays, replay.id);
    const { counts } = await replays.get(1, replay.id);
    assert.deepEqual([counts.delivered, counts.pending], [settled, 20 - settled]);
  });

  test(`${name}: cancelled, it makes no more, and what waits of it is dropped; the rest is not touched`, async () => {
    const { db, replays, dropped } = await start(open, { perUnit: 3, waitingMax: 6 });
    const [live] = await recordMany(db, 1, () => ({}));
    await recordMany(db, 9, () => ({ end: 'rejected' }));
    const { replay } = await replays.create(1, everything);
    await until(async () => (await replays.get(1, replay.id)).replay.made === 6);
    const [first] = await sideHeads(db, -2);
    await createOutboxStore(db).settle(endOf(first?.id ?? 0));
    const report = await replays.cancel(1, replay.id);
    assert.deepEqual(
      [report.replay.state, report.replay.reason, report.counts],
      ['cancelled', 'replay_cancelled', { pending: 0, delivered: 1, rejected: 0, dropped: 5, parked: 0 }],
    );
    assert.deepEqual(dropped, [hook.id]);
    assert.notEqual(report.replay.endedAt, null);
    const listed = await listDeliveries(db, {
      instanceId: 1,
      replayId: replay.id,
      states: ['dropped'],
      limit: 9,
    });
    assert.ok(listed.deliveries.every(({ reason }) => reason === 'replay_cancelled'));
    assert.deepEqual(
      (await createOutboxStore(db).heads(hook.id, 1, 9)).map(({ id }) => id),
      [live],
    );
    const again = await replays.cancel(1, replay.id);
    assert.deepEqual(again.counts, report.counts);
  });

  test(`${name}: what a commit dropped that failed is forgotten in memory too`, async () => {
    const db = await open();
    await recordMany(db, 3, () => ({ end: 'rejected' }));
    let isUnsure = true;
    const unsure: Database = {
      ...db,
      async commit(unit) {
        const rows = await db.commit(unit);
        if (!isUnsure || !unit.some(({ parts }) => parts[0]?.startsWith('update deliveries'))) return rows;
        isUnsure = false;
        throw new StoreFailure('The connection was lost.');
      },
    };
    const { replays, clock, dropped } = replaysOn(unsure);
    const { replay } = await replays.create(1, everything);
    await ended(replays, replay.id);
    const cancelled = replays.cancel(1, replay.id);
    await until(() => clock.nextInMs !== null);
    clock.advance(1000);
    assert.equal((await cancelled).counts.dropped, 3);
    assert.deepEqual(dropped, [hook.id]);
    await replays.stop();
  });

  test(`${name}: one that has made all is cancelled too while something waits, also after a restart`, async () => {
    const { db, replays } = await start(open);
    await recordMany(db, 3, () => ({ end: 'delivered' }));
    const { replay } = await replays.create(1, everything);
    await ended(replays, replay.id);
    await replays.stop();
    // Cancelled, and killed before anything was dropped.
    await db.commit([
      sql`update replays set state = 'cancelled', reason = 'replay_cancelled', ended_at = null`,
    ]);
    const next = replaysOn(db);
    await next.replays.start();
    await ended(next.replays, replay.id);
    assert.equal((await next.replays.get(1, replay.id)).counts.dropped, 3);
    const other = await next.replays.create(1, everything);
    await ended(next.replays, other.replay.id);
    assert.equal((await next.replays.cancel(1, other.replay.id)).counts.dropped, 3);
  });

  test(`${name}: it ends when its webhook is removed or loses its url, also while it waits`, async () => {
    for (const [change, reason] of [
      [undefined, 'webhook_deleted'],
      [{ ...hook, url: null }, 'webhook_cleared'],
    ] as const) {
      const { db, replays, webhooks } = await start(open, { perUnit: 2, waitingMax: 2 });
      await recordMany(db, 5, () => ({ end: 'rejected' }));
      const { replay } = await replays.create(1, everything);
      await until(async () => (await replays.get(1, replay.id)).replay.made === 2);
      if (change === undefined) webhooks.delete(hook.id);
      else webhooks.set(hook.id, change);
      replays.webhookChanged();
      await ended(replays, replay.id);
      const { replay: after } = await replays.get(1, replay.id);
      assert.deepEqual([after.state, after.reason, after.made], ['cancelled', reason, 2]);
    }
  });

  test(`${name}: an event that is told once more stays until it is, and old replays are forgotten`, async () => {
    const { db, replays } = await start(open);
    await recordMany(db, 2, () => ({ end: 'delivered' }));
    const { replay } = await replays.create(1, { of: 'ids', deliveryIds: [(await all(db))[0]?.id ?? 0] });
    await ended(replays, replay.id);
    const age = { before: 2_000_000_000_000, now: 2_000_000_000_000 };
    await unitsOf(forgetOldEvents(db, age));
    await unitsOf(forgetOldReplays(db, age));
    const [head] = await sideHeads(db, -2);
    assert.notEqual(head, undefined);
    assert.equal((await replays.get(1, replay.id)).counts.pending, 1);
    await createOutboxStore(db).settle(endOf(head?.id ?? 0));
    await unitsOf(forgetOldReplays(db, { ...age, before: 5 }));
    await replays.get(1, replay.id);
    await unitsOf(forgetOldReplays(db, age));
    await assert.rejects(replays.get(1, replay.id), { code: 'not_found' });
  });
}

async function start(open: () => Promise<Database>, limits: Partial<ReplayLimits> = {}) {
  const db = await open();
  return { db, ...replaysOn(db, limits) };
}

function replaysOn(db: Database, limits: Partial<ReplayLimits> = {}) {
  const clock = new FakeClock();
  const webhooks = new Map([[hook.id, hook]]);
  const made: number[] = [];
  const dropped: number[] = [];
  const replays = createReplays({
    database: db,
    clock,
    log: createLog('silent'),
    webhook: (id) => webhooks.get(id),
    onMade: (webhookIds) => made.push(...webhookIds),
    onDropped: (webhookIds) => dropped.push(...webhookIds),
    limits,
  });
  return { replays, clock, webhooks, made, dropped };
}

async function ended(replays: Replays, id: number): Promise<ReplayReport> {
  await until(async () => (await replays.get(1, id)).replay.endedAt !== null);
  return replays.get(1, id);
}

async function isEnded(db: Database, id: number): Promise<boolean> {
  const row = await db.first(sql`select 1 from replays where id = ${id} and ended_at is not null`);
  return row !== undefined;
}

/** Newest first. */
async function all(db: Database): Promise<readonly DeliveryRecord[]> {
  return (await listDeliveries(db, { instanceId: 1, limit: 1000 })).deliveries;
}

/** The events that a replay told, in its order. */
async function madeOf(db: Database, replayId: number): Promise<string[]> {
  const { deliveries } = await listDeliveries(db, { instanceId: 1, replayId, limit: 1000 });
  return deliveries.map(({ event }) => event.id).toReversed();
}

function sideHeads(db: Database, lane: number) {
  return createOutboxStore(db).heads(hook.id, lane, 10);
}
