import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';

test('a counter counts each set of labels for itself, and those that are known begin with 0', async () => {
  const metrics = new Metrics();
  const plain = metrics.counter('plain_total', 'Without labels.');
  const states = metrics.counter('states_total', 'By state.', [{ state: 'good' }, { state: 'bad' }]);
  plain.add();
  plain.add({}, 4);
  states.add({ state: 'bad' }, 2);
  states.add({ state: 'a "new"\nkind\\' });
  assert.equal(
    await metrics.text(),
    [
      '# HELP plain_total Without labels.',
      '# TYPE plain_total counter',
      'plain_total 5',
      '# HELP states_total By state.',
      '# TYPE states_total counter',
      'states_total{state="good"} 0',
      'states_total{state="bad"} 2',
      'states_total{state="a \\"new\\"\\nkind\\\\"} 1',
      '',
    ].join('\n'),
  );
});

test('a histogram counts each value in every bucket that it fits in', async () => {
  const metrics = new Metrics();
  const sizes = metrics.histogram('sizes', 'Sizes.', [1, 5]);
  for (const size of [0.5, 1, 3, 100]) sizes.observe(size);
  const [, , ...lines] = (await metrics.text()).trimEnd().split('\n');
  assert.deepEqual(lines, [
    'sizes_bucket{le="1"} 2',
    'sizes_bucket{le="5"} 3',
    'sizes_bucket{le="+Inf"} 4',
    'sizes_sum 104.5',
    'sizes_count 4',
  ]);
});

test('readings are read when they are asked for, and one that fails leaves the others', async () => {
  const metrics = new Metrics();
  let now = 1;
  metrics.reading('now', 'gauge', 'Now.', () => now);
  metrics.reading('broken', 'gauge', 'Broken.', () => Promise.reject(new Error('The store is away.')));
  metrics.reading('thrown', 'gauge', 'Thrown.', () => {
    throw new Error('The store is away.');
  });
  metrics.reading('by_kind', 'gauge', 'By kind.', async () => [{ labels: { kind: 'a' }, value: 7 }]);
  now = 2;
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, ['now 2', 'by_kind{kind="a"} 7']);
});

test('labels that are without end take memory only up to a bound, and nothing goes uncounted', async () => {
  const metrics = new Metrics();
  const counter = metrics.counter('reasons_total', 'Reasons.', []);
  for (let number = 0; number < 1000; number++) counter.add({ reason: `r${number}` });
  const lines = (await metrics.text()).trimEnd().split('\n').slice(2);
  assert.equal(lines.length, 101);
  assert.equal(lines.at(-1), 'reasons_total{reason="other"} 900');
});

test('a name is given once', () => {
  const metrics = new Metrics();
  metrics.counter('twice_total', 'Once.');
  assert.throws(() => metrics.counter('twice_total', 'Twice.'), /There is a metric twice_total already/);
});
