import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../database/sql.ts';
import type { Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { until } from '../testing/until.ts';
import { backlogWorld, webhookId, type BacklogWorld } from './testing/backlog-world.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: at its quota a webhook takes no more until less is waiting`, async () => {
    const database = await open();
    const world = await started(database, { deliveriesMax: 10 });
    const waiting = [];
    for (let count = 0; count < 13; count++) waiting.push(...(await world.record(count % 3)));
    assert.deepEqual(world.told, ['quota.near', 'quota.reached']);
    assert.equal(waiting.length, 10);
    assert.deepEqual(await states(database), { pending: 10, 'dropped quota_reached': 3 });
    assert.equal(world.quotas.reached, 1);

    await world.end(required(waiting[0]));
    assert.deepEqual(await world.record(1), [], 'there is room for one, but not for many');
    await world.end(required(waiting[1]));
    assert.equal((await world.record(1)).length, 1);
    assert.equal(world.quotas.reached, 0);
    assert.deepEqual(world.told, ['quota.near', 'quota.reached']);
    await world.record(1);
    assert.deepEqual(world.told, ['quota.near', 'quota.reached', 'quota.reached']);
    const { data } = required(world.events[1]);
    assert.deepEqual(data, {
      webhookId,
      origin: 'https://receiver.test',
      limit: 'deliveries',
      waiting: {
        deliveries: 10,
        bytes: (data as { waiting: { bytes: number } }).waiting.bytes,
        oldestAt: world.clock.now(),
      },
      quota: { deliveriesMax: 10, bytesMax: 4 * 1024 ** 3, ageMsMax: null },
      whenReached: 'pause',
    });
  });

  test(`${name}: at its quota in bytes a webhook drops what waits longest, but not what is being attempted`, async () => {
    const database = await open();
    const world = await started(database, { bytesMax: 5000, whenReached: 'drop_oldest' });
    const waiting = [];
    for (let count = 0; count < 4; count++) waiting.push(...(await world.record(count, 'x'.repeat(1000))));
    world.inFlight.add(required(waiting[0]).id);
    const [last] = await world.record(1, 'x'.repeat(1900));
    await until(() => world.reloaded.length > 0);
    const left = await database.all(sql`select id from deliveries where state = 'pending' order by id`);
    assert.deepEqual(
      left.map(({ id }) => id),
      [waiting[0]?.id, waiting[3]?.id, last?.id],
    );
    assert.equal(world.quotas.isFull(webhookId), false);
    assert.deepEqual(world.told, ['quota.near', 'quota.reached']);
  });

  test(`${name}: what has waited for too long is dropped when its time has come, and no sooner`, async () => {
    const database = await open();
    const world = await started(database, { ageMsMax: 3_600_000, whenReached: 'drop_oldest' });
    const { clock } = world;
    const [first] = await world.record(1);
    clock.advance(1_800_000);
    const [second] = await world.record(2);
    assert.equal(world.backlogs.of(webhookId)?.oldestId, first?.id);
    clock.advance(1_080_000);
    assert.deepEqual(world.told, ['quota.near']);
    clock.advance(719_999);
    assert.deepEqual(await states(database), { pending: 2 });
    clock.advance(1);
    await until(() => world.reloaded.length > 0);
    assert.deepEqual(await states(database), { pending: 1, 'dropped quota_reached': 1 });
    assert.deepEqual(world.told, ['quota.near', 'quota.reached']);
    assert.equal(world.backlogs.of(webhookId)?.oldestId, second?.id);
  });

  test(`${name}: the age is that of the oldest that still waits`, async () => {
    const database = await open();
    const world = await started(database, { ageMsMax: 3_600_000 });
    const { clock } = world;
    const [first] = await world.record(1);
    clock.advance(1_800_000);
    const [second] = await world.record(2);
    await world.end(required(first));
    clock.advance(1_800_000);
    await until(() => world.backlogs.of(webhookId)?.oldestId === second?.id);
    assert.deepEqual(world.told, []);
    await untilTimer(clock);
    clock.advance(1_800_000);
    assert.deepEqual(world.told, ['quota.near', 'quota.reached']);
    assert.equal(world.quotas.isFull(webhookId), true);
    await world.end(required(second));
    assert.equal(world.quotas.isFull(webhookId), false);
  });

  test(`${name}: a quota holds from the moment on at which what waits is counted`, async () => {
    const database = await open();
    const before = await started(database, {});
    for (let count = 0; count < 5; count++) await before.record(1);
    const world = backlogWorld(database, { deliveriesMax: 3 });
    assert.equal((await world.record(1)).length, 1);
    world.backlogs.start();
    await world.backlogs.whenCounted();
    assert.deepEqual(world.told, ['quota.reached']);
    assert.deepEqual(await world.record(1), []);
  });
}

async function started(database: Database, quota: Parameters<typeof backlogWorld>[1]): Promise<BacklogWorld> {
  const world = backlogWorld(database, quota);
  world.backlogs.start();
  await world.backlogs.whenCounted();
  return world;
}

async function states(database: Database): Promise<Record<string, number>> {
  const rows = await database.all(
    sql`select state, reason, count(*) as count from deliveries group by state, reason`,
  );
  return Object.fromEntries(
    rows.map(({ state, reason, count }) => [[state, reason].filter(Boolean).join(' '), Number(count)]),
  );
}

/** The rest after a question is over, and what follows from the answer is planned. */
async function untilTimer(clock: BacklogWorld['clock']): Promise<void> {
  await until(() => clock.timersInMs.includes(1000));
}

function required<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
