import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, type ApiError } from '@eazewa/sdk';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop' });
const carol = simulator.addPhone({ name: 'Carol' });
const instance = await world.link(shop, ['message']);
const client = new Client({ baseUrl: world.url, token: world.token });

test('each webhook of an instance gets the events that it wants, the same ones', async () => {
  const crm = await client.webhooks.create(instance.id, {
    url: `${instance.hook}/crm`,
    events: ['message', 'message_create'],
    source: 'make',
  });
  assert.match(crm.secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/);
  await carol.send(shop, 'for both');
  await instance.message('for both');
  await receiver.until(() => eventsAt('/crm').length >= 2);
  assert.deepEqual(eventsAt('/crm'), ['message_create', 'message']);
  const at = (path: string) =>
    receiver.requests.filter((request) => request.path === `${instance.path}${path}`);
  const main = at('').find(({ body }) => body?.event === 'message');
  const other = at('/crm').find(({ body }) => body?.event === 'message');
  assert.equal(main?.eventId, other?.eventId);
  assert.deepEqual(main?.bytes, other?.bytes);
});

test('the same URL again is the webhook that is there; the list has it without the main one', async () => {
  const url = `${instance.hook}/crm`;
  const again = await client.webhooks.create(instance.id, { url, events: ['call'] });
  assert.deepEqual([again.secret, again.events], [undefined, ['message', 'message_create']]);
  assert.deepEqual(await client.webhooks.list(instance.id), [again]);
  const main = await client.webhooks.get(instance.id, 'main');
  assert.deepEqual([main.source, main.url, main.isSigned], ['instance', instance.hook, false]);
});

test('a test event arrives beside what waits, and is no delivery', async () => {
  const url = `${instance.hook}/stuck`;
  receiver.answerWith(({ path, body }) =>
    path.endsWith('/stuck') && body?.event === 'message' ? 'hang' : 200,
  );
  const stuck = await client.webhooks.create(instance.id, { url, events: ['message'] });
  await carol.send(shop, 'held');
  await receiver.until(() => eventsAt('/stuck').length === 1);
  const before = await instance.deliveries();
  const result = await client.webhooks.test(instance.id, stuck.id);
  assert.deepEqual([result.outcome, result.status, result.reason], ['delivered', 200, null]);
  assert.match(result.response?.head ?? '', /^HTTP\/1\.1 200 OK\\r\\n/);
  assert.deepEqual(eventsAt('/stuck'), ['message', 'webhook.test']);
  assert.deepEqual(
    (await instance.deliveries()).map(({ id }) => id),
    before.map(({ id }) => id),
  );
});

test('while an event waits the ordering stays; with the webhook what waits is dropped', async () => {
  const stuck = (await client.webhooks.list(instance.id)).find(({ url }) => url?.endsWith('/stuck'));
  assert.ok(stuck);
  const change = client.webhooks.update(instance.id, stuck.id, { ordering: 'instance' });
  await assert.rejects(change, (error: ApiError) =>
    /could overtake each other/.test(String(error.fields['ordering'])),
  );
  await client.webhooks.delete(instance.id, stuck.id);
  await until(async () => (await instance.deliveries('message')).some(({ state }) => state === 'dropped'));
  const dropped = (await instance.deliveries('message')).filter(({ state }) => state === 'dropped');
  assert.deepEqual(
    dropped.map(({ reason }) => reason),
    ['webhook_deleted'],
  );
  await assert.rejects(
    client.webhooks.get(instance.id, stuck.id),
    (error: ApiError) => error.code === 'not_found',
  );
});

test('a webhook that is switched off gets what happened meanwhile when it is on again', async () => {
  const crm = (await client.webhooks.list(instance.id)).find(({ url }) => url?.endsWith('/crm'));
  assert.ok(crm);
  const textsAtCrm = () =>
    receiver.requests
      .filter(({ path, body }) => path === `${instance.path}/crm` && body?.event === 'message')
      .map(({ body }) => Object(body?.data['message'])['body']);
  await client.webhooks.update(instance.id, crm.id, { isActive: false });
  const before = textsAtCrm();
  await carol.send(shop, 'one');
  await carol.send(shop, 'two');
  await instance.message('two');
  assert.deepEqual(textsAtCrm(), before);
  await client.webhooks.update(instance.id, crm.id, { isActive: true });
  await receiver.until(() => textsAtCrm().includes('two'));
  assert.deepEqual(textsAtCrm(), [...before, 'one', 'two']);
});

test('webhooks, their settings and their secrets survive a restart', async () => {
  const [crm] = await client.webhooks.list(instance.id);
  assert.ok(crm);
  const { secret } = await client.webhooks.rotateSecret(instance.id, crm.id);
  const changes = { deadlineMs: 5000, headers: { 'X-Key': 'hush' }, retryPolicy: 'reliable' } as const;
  const changed = await client.webhooks.update(instance.id, crm.id, changes);
  await world.stopGateway();
  await world.startGateway();
  const again = new Client({ baseUrl: world.url, token: world.token });
  assert.deepEqual(await again.webhooks.get(instance.id, crm.id), changed);
  assert.deepEqual([changed.isSigned, changed.headers], [true, { 'X-Key': '********' }]);
  assert.equal(typeof changed.oldSecretUntil, 'string');
  const stored = JSON.stringify(world.read('select options, hex(secrets) as secrets, url from webhooks'));
  const hex = Buffer.from(secret).toString('hex').toUpperCase();
  assert.equal(stored.includes('hush') || stored.includes(secret) || stored.includes(hex), false);
});

function eventsAt(path: string): (string | undefined)[] {
  return receiver.requests
    .filter((request) => request.path === `${instance.path}${path}`)
    .map(({ body }) => body?.event);
}
