import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import { getDelivery, listDeliveries } from '../outbox/list-deliveries.ts';
import { eventRange, listEvents, openEventIds } from '../outbox/list-events.ts';
import { releaseParked } from '../outbox/release-parked.ts';
import { createReplays } from '../outbox/replays.ts';
import { endOf } from '../outbox/testing/ends.ts';
import { waitingPage, firstPlace } from '../outbox/waiting-deliveries.ts';
import { createVault } from '../vault.ts';
import { defaultOptions, noSecrets } from '../webhooks/webhook.ts';
import { openWebhooks } from '../webhooks/webhooks.ts';
import { until } from '../testing/until.ts';
import type { Database } from './database.ts';
import { migrate, migrations } from './migrate.ts';
import { openUnmigrated } from './open-database.ts';
import { sql } from './sql.ts';
import { temporarySchema } from './testing/databases.ts';
import { openPglite, stopPglite } from './testing/pglite.ts';

const at = 1_700_000_000_000;
const server = process.env['EAZEWA_TEST_POSTGRES_URL'];
const stores: [name: string, open: () => Promise<Database>][] = [
  ['SQLite', () => openUnmigrated(':memory:')],
  server ? ['PostgreSQL', () => openSchema(server)] : ['PGlite', () => openPglite()],
];

after(stopPglite);

for (const [name, open] of stores) {
  test(`${name}: what a gateway of the third version left behind is read, delivered, released and replayed`, async (t) => {
    const db = await open();
    t.after(() => db.close());
    await migrate(db, migrations.slice(0, 3));
    await fill(db);
    await migrate(db);

    const clock = new FakeClock();
    const webhooks = await openWebhooks(db, clock, createVault(Buffer.alloc(32, 1)));
    const webhook = webhooks.main(1);
    assert.deepEqual(webhook, {
      id: 1,
      instanceId: 1,
      url: 'http://receiver.test/',
      events: ['message', 'message_ack'],
      source: 'instance',
      isActive: true,
      createdAt: at,
      options: defaultOptions,
      secrets: noSecrets,
    });
    await webhooks.update(1, { options: { ...defaultOptions, ratePerSecond: 5 } });

    const store = createOutboxStore(db);
    assert.deepEqual(await store.webhooksWaiting(0, 10), [1]);
    assert.deepEqual(await store.lanesWaiting(1, 'live', null, 10), [
      { lane: 0, headId: 4 },
      { lane: 7, headId: 1 },
    ]);
    const [head] = await store.heads(1, 7, 10);
    assert.deepEqual(
      [head?.attempts, head?.replayId, Buffer.from(head?.body ?? []).toString()],
      [3, null, body(1)],
    );
    const waiting = await waitingPage(db, { webhookId: 1, after: firstPlace, upTo: 100, limit: 10 });
    assert.deepEqual(
      waiting.map(({ id, bodyBytes }) => [id, bodyBytes]),
      [
        [4, Buffer.byteLength(body(4))],
        [1, Buffer.byteLength(body(1))],
      ],
    );
    const runs = await db.all(sql`select outcome, reason, count, phase, status from attempts`);
    assert.deepEqual(runs, [{ outcome: 'silence', reason: 'refused', count: 3, phase: null, status: null }]);
    assert.equal((await getDelivery(db, 1, 1))?.delivery.attempts, 3);

    await store.settle(endOf(1));
    await releaseParked(
      db,
      1,
      3,
      (id) => webhooks.get(id),
      () => undefined,
    );
    assert.deepEqual(await store.lanesWaiting(1, 'side', null, 10), [{ lane: -8, headId: 3 }]);
    assert.equal((await getDelivery(db, 1, 3))?.delivery.bodyBytes, Buffer.byteLength(body(3)));

    const replays = createReplays({
      database: db,
      clock,
      log: createLog('silent'),
      webhook: (id) => webhooks.get(id),
      onMade: () => undefined,
      onDropped: () => undefined,
    });
    const { replay } = await replays.create(1, {
      of: 'events',
      webhookId: 1,
      states: ['rejected'],
      events: null,
      sinceMs: null,
      untilMs: null,
    });
    await until(async () => (await replays.get(1, replay.id)).replay.endedAt !== null);
    await replays.stop();
    const { deliveries } = await listDeliveries(db, { instanceId: 1, replayId: replay.id, limit: 10 });
    // The one that was rejected, and the one that nobody was owed.
    assert.deepEqual(
      deliveries.map(({ event, bodyBytes }) => [event.id, bodyBytes]),
      [5, 2].map((number) => [eventId(number), Buffer.byteLength(body(number))]),
    );

    const page = { instanceId: 1, after: 'evt_', names: null, limit: 10, bytesMax: 1e6 };
    const { events } = await listEvents(db, page);
    assert.deepEqual(
      events.map(({ id }) => id),
      [1, 2, 3, 4, 5].map(eventId),
    );
    assert.equal((await eventRange(db, 1)).newest, eventId(5));
    assert.ok((await openEventIds(db)).next(at) > eventId(5));
  });
}

/** An instance whose webhook is owed two events, has refused one, and cannot be sent a third; nobody wanted a fifth. */
async function fill(db: Database): Promise<void> {
  await db.commit([
    sql`insert into instances (name, state, created_at) values ('old', 'ready', ${at})`,
    sql`insert into webhooks (instance_id, url, events, created_at, updated_at)
      values (1, 'http://receiver.test/', 'message,message_ack', ${at}, ${at})`,
    sql`insert into inbox (instance_id, seq, kind, state, received_at) values (1, 1, 'message', 'undecided', ${at})`,
  ]);
  for (let number = 1; number <= 5; number++) {
    await db.commit([
      sql`insert into events (id, instance_id, name, chat_id, body, recorded_at)
        values (${eventId(number)}, 1, 'message', ${number === 4 ? null : 7}, ${Buffer.from(body(number))}, ${at})`,
    ]);
  }
  const states = ['pending', 'rejected', 'parked', 'pending'];
  for (const [index, state] of states.entries()) {
    await db.commit([
      sql`insert into deliveries
        (instance_id, webhook_id, lane, event_id, state, attempts, status, duration_ms, created_at, settled_at)
        values (1, 1, ${index === 3 ? 0 : 7}, ${eventId(index + 1)}, ${state}, 3, null, null, ${at},
          ${state === 'pending' ? null : at})`,
    ]);
  }
  await db.commit([
    sql`insert into attempts (delivery_id, number, count, outcome, reason, first_at, last_at, duration_ms)
      values (1, 1, 3, 'silence', 'refused', ${at}, ${at}, 5)`,
  ]);
}

function body(number: number): string {
  return JSON.stringify({ event: 'message', instanceId: '1', data: { text: 'ä'.repeat(number) } });
}

function eventId(number: number): string {
  return `evt_01HF7YAT00000000000000000${number}`;
}

async function openSchema(url: string): Promise<Database> {
  const schema = await temporarySchema(url);
  const db = await openUnmigrated(schema.url);
  return {
    ...db,
    async close() {
      await db.close();
      await schema.drop();
    },
  };
}
