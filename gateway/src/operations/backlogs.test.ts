import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../database/sql.ts';
import type { Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { endOf } from '../outbox/testing/ends.ts';
import { backlogWorld, webhookId } from './testing/backlog-world.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: what waits at the start is counted page by page, while deliveries come and go`, async () => {
    const database = await open();
    const before = backlogWorld(database);
    const lanes = [3, 1, 2, -4, 5];
    const waiting = (
      await Promise.all(Array.from({ length: 620 }, (_, index) => before.record(lanes[index % 5] ?? 0)))
    ).flat();
    const { backlogs, store, record, end } = backlogWorld(database);
    backlogs.start();
    const comings = Array.from({ length: 60 }, (_, index) => record(lanes[index % 5] ?? 0));
    const goings = waiting.filter((_, index) => index % 7 === 0).map(end);
    const fresh = (await Promise.all(comings)).flat();
    await Promise.all([...goings, ...fresh.slice(0, 20).map(end)]);
    await backlogs.whenCounted();
    assert.deepEqual(counted(backlogs), await stored(database));
    // An end that is told again is no end.
    await store.settle(endOf(waiting[0]?.id ?? 0));
    assert.deepEqual(counted(backlogs), await stored(database));
    assert.equal(backlogs.of(webhookId)?.waiting.oldestAt, before.clock.now());
  });

  test(`${name}: deliveries that were recorded without a word are found`, async () => {
    const database = await open();
    const world = backlogWorld(database);
    const { backlogs, record } = world;
    backlogs.start();
    await backlogs.whenCounted();
    await record(1);
    const [hidden] = await backlogWorld(database).record(2);
    backlogs.lookAgain([webhookId]);
    await record(3);
    assert.ok(hidden);
    await world.end(hidden);
    await record(3);
    await backlogs.whenCounted();
    assert.deepEqual(counted(backlogs), await stored(database));
    assert.equal(counted(backlogs)?.deliveries, 3);
  });

  test(`${name}: what is dropped because it is not wanted any more is not waiting`, async () => {
    const { backlogs, store, record } = backlogWorld(await open());
    backlogs.start();
    await backlogs.whenCounted();
    await record(1, 'some text');
    await record(2);
    await store.drop({ webhookId, keepEvents: [], except: [], reason: 'webhook_cleared', settledAt: 9 });
    assert.deepEqual(backlogs.of(webhookId)?.waiting, { deliveries: 0, bytes: 0, oldestAt: null });
  });

  test(`${name}: what is recorded and dropped in one commit leaves nothing behind`, async () => {
    const database = await open();
    const { backlogs, store, record } = backlogWorld({
      ...database,
      async commit(unit) {
        const rows = await database.commit(unit);
        // Who records has more to do before it says so than who drops.
        if (unit.length > 1) for (let steps = 0; steps < 5; steps++) await Promise.resolve();
        return rows;
      },
    });
    backlogs.start();
    await backlogs.whenCounted();
    for (let round = 0; round < 2; round++) {
      const recorded = record(1);
      await store.drop({ webhookId, keepEvents: [], except: [], reason: 'webhook_cleared', settledAt: 9 });
      await recorded;
      assert.deepEqual(backlogs.of(webhookId)?.waiting, { deliveries: 0, bytes: 0, oldestAt: null });
    }
  });
}

function counted(backlogs: ReturnType<typeof backlogWorld>['backlogs']) {
  const { deliveries, bytes } = backlogs.of(webhookId)?.waiting ?? {};
  return { deliveries, bytes };
}

async function stored(database: Database) {
  const row = await database.first(
    sql`select count(*) as deliveries, sum(body_bytes) as bytes from deliveries where state = 'pending'`,
  );
  return { deliveries: Number(row?.['deliveries']), bytes: Number(row?.['bytes']) };
}
