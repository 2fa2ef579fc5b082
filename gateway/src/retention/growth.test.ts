import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure, type Database } from '../database/database.ts';
import { raw } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import { pendingOutgoing } from '../messages/outgoing-store.ts';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import { listDeliveries } from '../outbox/list-deliveries.ts';
import { retentionRules } from './rules.ts';
import { Sweeper } from './sweeper.ts';
import { silentWebhook, SteadyLoad, tables } from './testing/steady-load.ts';

const dayMs = 24 * 3600 * 1000;
const messagesPerDay = 24;
const keep = { keepInboxDays: 7, keepEventsDays: 5, keepMessagesDays: 14, keepOutgoingDays: 6 };

/** Rows of each table that the days of its setting make, and one day more: the day that is just ending. */
const boundOf: Record<(typeof tables)[number], number> = {
  inbox: (keep.keepInboxDays + 1) * messagesPerDay,
  event_identities: (keep.keepInboxDays + 1) * messagesPerDay,
  events: (keep.keepEventsDays + 1) * messagesPerDay,
  deliveries: (keep.keepEventsDays + 1) * messagesPerDay,
  attempts: (keep.keepEventsDays + 1) * messagesPerDay,
  messages: (keep.keepMessagesDays + 1) * messagesPerDay,
  outgoing: (keep.keepOutgoingDays + 1) * messagesPerDay,
  recipients: (keep.keepMessagesDays + 1) * messagesPerDay,
};

for (const { name, open } of testDatabases()) {
  test(`${name}: under a steady load no table grows beyond its days, and what is owed stays`, async () => {
    const database = await open();
    const clock = new FakeClock();
    const load = new SteadyLoad(database, clock, messagesPerDay);
    const sweeper = sweeperOf(database, clock);
    const most: Record<string, number> = {};
    // A webhook that never answers and a message that never gets its ack, both older than everything that is kept.
    await load.owe();
    for (let day = 0; day < 28; day++) {
      await load.day();
      await sweeper.sweep();
      for (const table of tables) most[table] = Math.max(most[table] ?? 0, await count(database, table));
    }
    for (const table of tables) {
      const { [table]: rows = 0 } = most;
      // Each is full before it is swept, so the bound says something.
      assert.ok(rows <= boundOf[table] + load.owed[table], `${table} has ${rows} rows`);
      assert.ok(rows >= boundOf[table] - 2 * messagesPerDay, `${table} never has more than ${rows} rows`);
    }
    await load.assertOwed();
  });

  test(`${name}: a sweep that was killed anywhere is completed by the next`, async () => {
    const database = await open();
    const clock = new FakeClock();
    const load = new SteadyLoad(database, clock, messagesPerDay);
    await load.owe();
    for (let day = 0; day < 3; day++) await load.day();
    clock.advance(30 * dayMs);
    let commits = 0;
    const killed: Database = {
      ...database,
      commit: (unit) =>
        commits-- > 0 ? database.commit(unit) : Promise.reject(new StoreFailure('The process is gone.')),
    };
    for (let after = 0; after < 8; after++) {
      commits = after;
      await sweeperOf(killed, clock).sweep();
      // Whatever went so far, what is listed has its event, and what is owed is whole.
      const { deliveries: listed } = await listDeliveries(database, { instanceId: 1, limit: 1000 });
      assert.equal(listed.length, await count(database, 'deliveries'));
      await load.assertOwed();
    }
    await sweeperOf(database, clock).sweep();
    for (const table of tables) {
      // The newest row of the inbox stays, for its number.
      const expected = load.owed[table] + (table === 'inbox' ? 1 : 0);
      assert.equal(await count(database, table), expected, table);
    }
    assert.equal((await createOutboxStore(database).heads(silentWebhook.id, 9, 10)).length, 3);
    assert.equal((await pendingOutgoing(database, 1)).length, 1);
  });
}

function sweeperOf(database: Database, clock: FakeClock): Sweeper {
  return new Sweeper({ rules: retentionRules(database, keep), clock, log: createLog('silent') });
}

async function count(database: Database, table: string): Promise<number> {
  const [row] = await database.all<{ n: number }>(raw(`select count(*) as n from ${table}`));
  return row?.n ?? 0;
}
