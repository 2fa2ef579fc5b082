import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

test('a tenth of a second may come at once, the rest keeps its distance', () => {
  const pace = new Pace(200);
  const times = Array.from({ length: 220 }, () => pace.take(1000));
  assert.equal(times.filter((time) => time === 1000).length, 20);
  assert.deepEqual(times.slice(20, 23), [1005, 1010, 1015]);
  assert.equal(times.at(-1), 2000);
});

test('less than ten per second come one by one', () => {
  const pace = new Pace(2);
  assert.deepEqual([pace.take(0), pace.take(0), pace.take(0)], [0, 500, 1000]);
});

test('turns that were not used are not saved up', () => {
  const pace = new Pace(100);
  pace.take(0);
  const times = Array.from({ length: 20 }, () => pace.take(60_000));
  assert.equal(times.filter((time) => time === 60_000).length, 10);
});

test('it is rested once nothing is left of earlier turns', () => {
  const pace = new Pace(10);
  pace.take(0);
  assert.equal(pace.isRested(99), false);
  assert.equal(pace.isRested(100), true);
});
