import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure, type Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { createScheduler, type Scheduler } from '../delivery/scheduler.ts';
import { delivered } from '../delivery/testing/attempt-results.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { noFiles } from '../delivery/testing/scripted-media.ts';
import { createLog } from '../log.ts';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import { hook, recordOne } from '../outbox/testing/recording.ts';
import { until } from '../testing/until.ts';
import { createOperations, type Operations } from './operations.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: a delivery whose end was written by a commit that failed does not wait for ever`, async (t) => {
    const db = await open();
    let isLost = true;
    const unsure: Database = {
      ...db,
      async commit(unit) {
        const rows = await db.commit(unit);
        if (!isLost || !unit.some(({ parts }) => parts[0]?.startsWith('update deliveries'))) return rows;
        isLost = false;
        throw new StoreFailure('There was no answer in time.');
      },
    };
    const clock = new FakeClock();
    const log = createLog('silent');
    const store = createOutboxStore(unsure, (ended) => operations.ended(ended));
    const scheduler: Scheduler = createScheduler({
      store,
      clock,
      log,
      webhook,
      send: async () => delivered,
      fetchMedia: noFiles,
      onStoreBack: () => operations.storeIsBack(),
    });
    const operations: Operations = createOperations({
      database: unsure,
      clock,
      log,
      store,
      webhooks: { get: webhook, of: () => [] },
      scheduler,
      onDropped: () => undefined,
    });
    t.after(() => operations.stop());
    operations.start();
    await until(() => operations.backlogOf(hook.id).isCounted);
    await scheduler.start();
    operations.added(await recordOne(db));
    await until(() => clock.timersInMs.includes(1000));
    assert.equal(operations.backlogOf(hook.id).deliveries, 1);
    clock.advance(1000);
    await until(() => scheduler.state().lanesInTurn === 0);
    await until(() => operations.backlogOf(hook.id).isCounted);
    assert.deepEqual(operations.backlogOf(hook.id), {
      deliveries: 0,
      bytes: 0,
      oldestAt: null,
      isCounted: true,
    });
  });
}

function webhook(id: number) {
  return id === hook.id ? hook : undefined;
}
