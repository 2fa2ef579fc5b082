import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawFaults, drawTraffic } from './soak/draw.ts';
import { runSoak } from './soak/run-soak.ts';

test('what a seed draws is the same each time', () => {
  const sizes = { numbers: 3, contacts: 8, isLong: true };
  const traffic = (seed: number) => first(500, drawTraffic(seed, sizes));
  const faults = (seed: number) => first(500, drawFaults(seed, sizes));
  assert.deepEqual(traffic(7), traffic(7));
  assert.deepEqual(faults(7), faults(7));
  assert.notDeepEqual(faults(7), faults(8));
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

function first<T>(count: number, drawn: Iterator<T, never>): T[] {
  return Array.from({ length: count }, () => drawn.next().value);
}
