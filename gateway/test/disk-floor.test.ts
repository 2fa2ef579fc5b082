import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startReceiver } from '../src/delivery/testing/receiver.ts';
import type { DiskSpace } from '../src/operations/disk-decisions.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const gib = 1024 ** 3;
const lookMs = 10_000;

test('while the disk is nearly full WhatsApp keeps the messages, and afterwards all of them come', async () => {
  let space: DiskSpace = { totalBytes: 100 * gib, freeBytes: 50 * gib };
  const clock = new LeapingClock();
  const operator = await startReceiver();
  after(() => operator.close());
  const world = await startWorld({
    clock,
    diskSpace: async () => space,
    config: { operatorWebhookUrl: `${operator.url}/operator` },
  });
  const { simulator } = world;
  const [shop, friend] = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Friend' })];
  const instance = await world.link(shop, ['message', 'change_state', 'disconnected']);
  await friend.send(shop, 'before');
  await instance.message('before');

  space = { ...space, freeBytes: gib / 4 };
  clock.leap(lookMs);
  await simulator.whenDisconnected(shop);
  await until(async () => (await status(instance)).state === 'loading_screen');
  assert.match((await status(instance)).reason, /disk of the database is nearly full: 256 MB are free/);
  for (let count = 0; count < 5; count++) await friend.send(shop, `meanwhile ${count}`);
  const late = await world.create(['qr']);
  await until(async () => /nearly full/.test((await status(late)).reason));

  space = { ...space, freeBytes: 50 * gib };
  clock.leap(lookMs);
  for (let count = 0; count < 5; count++) await instance.message(`meanwhile ${count}`);
  await instance.untilStatus('ready');
  await late.qr();
  assert.deepEqual(instance.texts(), ['before', ...[0, 1, 2, 3, 4].map((count) => `meanwhile ${count}`)]);
  assert.deepEqual(instance.data('disconnected'), []);
  await operator.until(() => operator.requests.length >= 2);
  assert.deepEqual(
    operator.requests.map(({ body }) => [body?.event, body?.instanceId]),
    [
      ['disk.low', '0'],
      ['disk.recovered', '0'],
    ],
  );
});

async function status(instance: TestInstance): Promise<{ state: string; reason: string }> {
  const { body } = await instance.call('GET', '/client/status');
  const { instanceStatus, instanceStatusReason } = body['clientStatus'] as Record<string, unknown>;
  return { state: String(instanceStatus), reason: String(instanceStatusReason) };
}
