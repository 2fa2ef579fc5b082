import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, InvalidSignature, verifyWebhook } from '@eazewa/sdk';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop' });
const carol = simulator.addPhone({ name: 'Carol' });
const instance = await world.link(shop, ['message']);
const client = new Client({ baseUrl: world.url, token: world.token });

test('the SDK verifies what a webhook with a secret gets, by the old secret too', async () => {
  const url = `${instance.hook}/signed`;
  const headers = { 'X-Key': 'k' };
  const { id, secret = '' } = await client.webhooks.create(instance.id, {
    url,
    events: ['message'],
    headers,
  });
  await client.webhooks.test(instance.id, id);
  const { secret: next } = await client.webhooks.rotateSecret(instance.id, id);
  await carol.send(shop, 'signed');
  await receiver.until(() => requestsAt('/signed').length === 2);
  const [test, message] = requestsAt('/signed');
  assert.ok(test && message);
  assert.equal((await verifyWebhook(test.bytes, test.headers, secret)).id, test.eventId);
  for (const key of [secret, next]) {
    assert.equal((await verifyWebhook(message.bytes, message.headers, key)).id, message.eventId);
  }
  await assert.rejects(verifyWebhook(test.bytes, test.headers, next), InvalidSignature);
  assert.deepEqual([test.headers['x-key'], message.headers['x-key']], ['k', 'k']);
});

test('main is signed from the moment it is asked for, and no longer when that is taken back', async () => {
  await carol.send(shop, 'plain');
  await instance.message('plain');
  const { secret } = await client.webhooks.rotateSecret(instance.id, 'main');
  await carol.send(shop, 'with a signature');
  await instance.message('with a signature');
  await client.webhooks.removeSecret(instance.id, 'main');
  await carol.send(shop, 'plain again');
  await instance.message('plain again');
  const [before, between, after] = instance.requests('message').slice(-3);
  assert.ok(before && between && after);
  assert.equal((await verifyWebhook(between.bytes, between.headers, secret)).id, between.eventId);
  for (const { headers } of [before, after]) {
    assert.equal('webhook-signature' in headers || 'webhook-timestamp' in headers, false);
  }
});

function requestsAt(path: string) {
  return receiver.requests.filter((request) => request.path === `${instance.path}${path}`);
}
