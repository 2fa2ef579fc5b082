import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

test('the metrics tell what went through the gateway', async () => {
  const world = await startWorld();
  const { simulator } = world;
  const [shop, anna] = [simulator.addPhone({ name: 'Shop' }), simulator.addPhone({ name: 'Anna' })];
  const instance = await world.link(shop, ['message']);
  await anna.send(shop, 'hello');
  await instance.nth('message', 1);
  // Counted when its end is on disk, a moment after the receiver has it.
  await until(async () => (await metricsOf(world))['eazewa_deliveries_waiting'] === 0);
  const metrics = await metricsOf(world);
  assert.equal(metrics['eazewa_instances{state="ready"}'], 1);
  assert.equal(metrics['eazewa_instances{state="qr"}'], 0);
  // Linking brings messages of its own.
  assert.ok((metrics['eazewa_inbox_rows_total{kind="message"}'] ?? 0) > 0);
  assert.ok((metrics['eazewa_inbox_rows_total{kind="lifecycle"}'] ?? 0) > 0);
  // The QR code and the message at least.
  assert.ok((metrics['eazewa_deliveries_settled_total{state="delivered"}'] ?? 0) >= 2);
  assert.equal(metrics['eazewa_deliveries_settled_total{state="rejected"}'], 0);
  assert.ok((metrics['eazewa_delivery_attempts_total{outcome="delivered",reason=""}'] ?? 0) >= 2);
  assert.ok((metrics['eazewa_commit_seconds_count'] ?? 0) > 0);
  assert.equal(metrics['eazewa_commit_seconds_count'], metrics['eazewa_commit_units_count']);
  assert.ok((metrics['process_resident_memory_bytes'] ?? 0) > 0);
});

async function metricsOf({ url, token }: { readonly url: string; readonly token: string }) {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(response.status, 200);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^(\S+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      return [name, Number(value)] as const;
    }),
  );
}
