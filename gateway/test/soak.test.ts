import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawFaults, drawTraffic } from './soak/draw.ts';
import { runSoak } from './soak/run-soak.ts';

test('what a seed draws is the same each time', () => {
  const sizes = { numbers: 3, contacts: 8, isLong: true };
  assert.deepEqual(drawTraffic(7, sizes).take(500).toArray(), drawTraffic(7, sizes).take(500).toArray());
  assert.deepEqual(drawFaults(7, sizes).take(500).toArray(), drawFaults(7, sizes).take(500).toArray());
  assert.notDeepEqual(drawFaults(7, sizes).take(5).toArray(), drawFaults(8, sizes).take(5).toArray());
});

test(
  'through kills, cuts, stalls and silences nothing is lost, doubled or out of order',
  { timeout: 600_000 },
  async (t) => {
    const seed = Number(process.env['SOAK_SEED'] ?? 3);
    const { broken, ...figures } = await runSoak({ seconds: 20, seed, database: null });
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(broken, []);
    assert.ok(figures.sent > 0 && figures.apiSent > 0 && figures.kills > 0);
  },
);
