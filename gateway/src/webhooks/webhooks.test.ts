import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { openDatabase } from '../database/open-database.ts';
import { sql } from '../database/sql.ts';
import { GatewayError } from '../errors.ts';
import { plainWebhook, webhooksFor, type Webhook } from './webhook.ts';
import { createVault } from '../vault.ts';
import { openWebhooks } from './webhooks.ts';

test('webhooks are the same after a restart', async () => {
  await using db = await database();
  const webhooks = await openWebhooks(db, systemClock, vault);
  await webhooks.setMain(1, { url: 'https://a.example/x', events: ['message', 'call'] });
  await webhooks.setMain(2, {});
  await webhooks.setMain(1, { events: ['qr', 'qr'] });
  const again = await openWebhooks(db, systemClock, vault);
  assert.deepEqual(settingsOf(again.main(1)), ['https://a.example/x', ['qr']]);
  assert.deepEqual(settingsOf(again.main(2)), [null, []]);
  assert.deepEqual([webhooks.main(1), webhooks.get(2)], [again.main(1), again.get(2)]);
});

test('an instance that a crash left without its webhook has one after the start', async () => {
  await using db = await database();
  await db.commit([sql`insert into instances (name, state, created_at) values ('x', 'booting', 5)`]);
  const webhooks = await openWebhooks(db, systemClock, vault);
  assert.deepEqual(settingsOf(webhooks.main(1)), [null, []]);
});

test('two changes at the same time both count', async () => {
  await using db = await database();
  const webhooks = await openWebhooks(db, systemClock, vault);
  await Promise.all([
    webhooks.setMain(1, { url: 'https://a.example' }),
    webhooks.setMain(1, { events: ['message'] }),
    webhooks.setMain(1, { url: 'https://b.example' }),
  ]);
  assert.deepEqual(webhooks.of(1).map(settingsOf), [['https://b.example', ['message']]]);
  assert.deepEqual((await openWebhooks(db, systemClock, vault)).of(1), webhooks.of(1));
});

test('listeners hear each change with the webhook as it is, a removed one with nothing left', async () => {
  await using db = await database();
  const webhooks = await openWebhooks(db, systemClock, vault);
  const heard: Webhook[] = [];
  webhooks.onChange((webhook) => heard.push(webhook));
  const { id } = await webhooks.create(1, { url: 'https://a.example', events: ['message'] });
  await webhooks.update(id, { url: null });
  await webhooks.removeAll(1);
  assert.deepEqual(heard.map(settingsOf), [
    ['https://a.example', ['message']],
    [null, ['message']],
    [null, []],
  ]);
  assert.deepEqual([webhooks.of(1), webhooks.get(id)], [[], undefined]);
  await assert.rejects(webhooks.update(id, {}), notFound);
  assert.throws(() => webhooks.main(1), notFound);
});

test('a webhook wants an event when it has a url and the event is in its list', () => {
  assert.equal(webhooksFor('message', [webhook('https://a', ['message'])]).length, 1);
  assert.equal(webhooksFor('message', [webhook(null, ['message'])]).length, 0);
  assert.equal(webhooksFor('message', [webhook('https://a', ['message_create'])]).length, 0);
});

const notFound = (error: unknown) => error instanceof GatewayError && error.code === 'not_found';

const vault = createVault(new Uint8Array(32).fill(7));

function settingsOf({ url, events }: Webhook) {
  return [url, events];
}

function webhook(url: string | null, events: Webhook['events']): Webhook {
  return plainWebhook({ id: 1, instanceId: 1, url, events });
}

async function database() {
  const db = await openDatabase(':memory:');
  return Object.assign(db, { [Symbol.asyncDispose]: () => db.close() });
}
