import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure, type Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { createDeliveryLog, type DeliveryLog } from './delivery-log.ts';
import { hook, recordMany } from './testing/recording.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: what was released by a call that failed is looked for, then and when it is called again`, async () => {
    const calls: ((log: DeliveryLog, id: number) => Promise<unknown>)[] = [
      (log, id) => log.release(1, id),
      (log) => log.releaseAll(1, hook.id),
    ];
    for (const release of calls) {
      const db = await open();
      const [id = 0] = await recordMany(db, 1, () => ({ end: 'parked' }));
      const released: number[] = [];
      let isLost = true;
      const unsure: Database = {
        ...db,
        async commit(unit) {
          const rows = await db.commit(unit);
          if (!isLost) return rows;
          isLost = false;
          throw new StoreFailure('There was no answer in time.');
        },
      };
      const log = createDeliveryLog({
        database: unsure,
        webhook: (webhookId) => (webhookId === hook.id ? hook : undefined),
        onReleased: (webhookId) => released.push(webhookId),
      });
      await assert.rejects(release(log, id), StoreFailure);
      assert.deepEqual(released, [hook.id]);
      assert.equal((await log.get(1, id)).delivery.state, 'pending');
      await release(log, id).catch(() => undefined);
      assert.deepEqual(released, [hook.id, hook.id]);
    }
  });
}
