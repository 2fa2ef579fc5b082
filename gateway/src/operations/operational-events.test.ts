import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import { createVault } from '../vault.ts';
import { openWebhooks } from '../webhooks/webhooks.ts';
import { until } from '../testing/until.ts';
import { createOperations } from './operations.ts';
import { keepOperatorWebhook } from './operator-webhook.ts';
import { OperationalEvents, type OperationalEvent } from './operational-events.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;
const url = 'https://operator.test/hook/secret';
const signingKey = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

for (const { name, open } of databases) {
  test(`${name}: an outage and its end are told to the operator's webhook, and to nobody else`, async () => {
    const database = await open();
    const { operations, webhooks, clock, added } = await operating(database);
    const { id } = await webhooks.setMain(3, {
      url: 'https://receiver.test:8443/private',
      events: ['message'],
    });
    operations.healthChanged({ webhookId: id, state: 'failing', reason: 'refused', sinceMs: 5000 });
    operations.healthChanged({ webhookId: id, state: 'recovered', reason: 'refused', sinceMs: 5000 });
    operations.healthChanged({ webhookId: 999, state: 'failing', reason: 'timeout', sinceMs: 5000 });
    await operations.stop();
    const [operator] = webhooks.of(0);
    const outage = { webhookId: id, origin: 'https://receiver.test:8443', reason: 'refused', since: 5000 };
    assert.deepEqual(await bodies(database), [
      { event: 'webhook.failing', instanceId: '3', data: outage },
      { event: 'webhook.recovered', instanceId: '3', data: { ...outage, recoveredAt: clock.now() } },
    ]);
    assert.deepEqual(
      added.map(({ webhookId, lane, eventName }) => [webhookId, lane, eventName]),
      [
        [operator?.id, 0, 'webhook.failing'],
        [operator?.id, 0, 'webhook.recovered'],
      ],
    );
  });
}

test('of its own webhook the operator hears by the log only', async () => {
  const database = await sqlite.open();
  const { operations, webhooks } = await operating(database);
  const id = webhooks.of(0)[0]?.id ?? assert.fail();
  operations.healthChanged({ webhookId: id, state: 'failing', reason: 'refused', sinceMs: 5000 });
  await operations.stop();
  assert.deepEqual(await bodies(database), []);
});

test('without an operator’s webhook nothing is recorded', async () => {
  const database = await sqlite.open();
  const { operations, webhooks } = await operating(database, null);
  assert.deepEqual(webhooks.of(0), []);
  operations.events.tell(lowDisk);
  await operations.stop();
  assert.deepEqual(await bodies(database), []);
});

test('a thousand outages at once are a thousand events in few units of work', async () => {
  const database = await sqlite.open();
  const { webhooks } = await operating(database);
  let units = 0;
  const { events, added } = eventsOn(
    {
      ...database,
      commit(unit) {
        units++;
        return database.commit(unit);
      },
    },
    webhooks.of(0),
  );
  for (let count = 0; count < 1000; count++) events.tell(lowDisk);
  await events.whenWritten();
  assert.deepEqual([added.length, units], [1000, 5]);
});

test('what a store that is down did not take is recorded when it is back, once', async () => {
  const database = await sqlite.open();
  const { webhooks } = await operating(database);
  const slow = slowDatabase(database, 0);
  const { events, added, clock } = eventsOn(slow, webhooks.of(0));
  slow.failing = true;
  events.tell(lowDisk);
  await until(() => clock.nextInMs === 1000);
  slow.failing = false;
  clock.advance(1000);
  await events.whenWritten();
  assert.equal(added.length, 1);
  assert.equal((await bodies(database)).length, 1);
});

test('a commit that was lost to sight and done all the same is not done again', async () => {
  const database = await sqlite.open();
  const { webhooks } = await operating(database);
  let isFirst = true;
  const forgetful: Database = {
    ...database,
    async commit(unit) {
      const rows = await database.commit(unit);
      if (!isFirst) return rows;
      isFirst = false;
      throw new Error('the connection broke');
    },
  };
  const { events, added, uncertain, clock } = eventsOn(forgetful, webhooks.of(0));
  events.tell(lowDisk);
  await until(() => clock.nextInMs === 1000);
  clock.advance(1000);
  await events.whenWritten();
  assert.deepEqual([added, uncertain], [[], [webhooks.of(0)[0]?.id]]);
  assert.equal((await bodies(database)).length, 1);
});

test('the operator’s webhook follows the settings from one start to the next', async () => {
  const database = await sqlite.open();
  const [first, again, changed, cleared] = [
    await start({ url, signingKey }),
    await start({ url, signingKey }),
    await start({ url: `${url}/2`, signingKey: null }),
    await start({ url: null, signingKey: null }),
  ];
  assert.deepEqual(first.heard, [url]);
  assert.equal(first.webhook?.secrets.signing[0]?.key, signingKey);
  assert.deepEqual([again.heard, again.webhook], [[], first.webhook]);
  assert.deepEqual(changed.heard, [`${url}/2`]);
  assert.deepEqual([changed.webhook?.id, changed.webhook?.secrets.signing], [first.webhook?.id, []]);
  assert.deepEqual([cleared.heard, cleared.webhook?.url], [[null], null]);

  async function start(settings: Parameters<typeof keepOperatorWebhook>[1]) {
    const webhooks = await openWebhooks(database, new FakeClock(), createVault(Buffer.alloc(32)));
    const heard: (string | null)[] = [];
    webhooks.onChange((webhook) => heard.push(webhook.url));
    await keepOperatorWebhook(webhooks, settings, () => null);
    return { heard, webhook: webhooks.of(0)[0] };
  }
});

test('an operator’s URL that may not be called is refused without being repeated', async () => {
  const webhooks = await openWebhooks(await sqlite.open(), systemClock, createVault(Buffer.alloc(32)));
  await assert.rejects(
    keepOperatorWebhook(webhooks, { url, signingKey: null }, () => 'The URL leads to 10.0.0.1.'),
    { message: 'EAZEWA_OPERATOR_WEBHOOK_URL cannot be used. The URL leads to 10.0.0.1.' },
  );
});

const lowDisk: OperationalEvent = {
  event: 'disk.low',
  webhook: null,
  data: { freeBytes: 1, totalBytes: 100, floorBytes: 5 },
};

async function operating(database: Database, operatorUrl: string | null = url) {
  const clock = new FakeClock();
  const webhooks = await openWebhooks(database, clock, createVault(Buffer.alloc(32)));
  await keepOperatorWebhook(webhooks, { url: operatorUrl, signingKey: null }, () => null);
  const added: Parameters<OperationalEventsParts['onDeliveries']>[0][number][] = [];
  const operations = createOperations({
    database,
    clock,
    log: createLog('silent'),
    store: createOutboxStore(database),
    webhooks,
    scheduler: {
      add: (deliveries) => void added.push(...deliveries),
      lookAgain: () => undefined,
      inFlight: () => [],
      reload: () => undefined,
    },
    onDropped: () => undefined,
  });
  return { operations, webhooks, clock, added };
}

type OperationalEventsParts = ConstructorParameters<typeof OperationalEvents>[0];

function eventsOn(database: Database, webhooks: ReturnType<OperationalEventsParts['webhooks']>) {
  const clock = new FakeClock();
  const added: unknown[] = [];
  const uncertain: number[] = [];
  const events = new OperationalEvents({
    database,
    clock,
    log: createLog('silent'),
    webhooks: () => webhooks,
    isFull: () => false,
    onDeliveries: (deliveries) => void added.push(...deliveries),
    onUncertain: (ids) => void uncertain.push(...ids),
  });
  return { events, added, uncertain, clock };
}

async function bodies(database: Database): Promise<unknown[]> {
  const rows = await database.all<{ body: Uint8Array }>(
    sql`select body from events left join deliveries on event_id = events.id order by deliveries.id`,
  );
  return rows.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as unknown);
}
