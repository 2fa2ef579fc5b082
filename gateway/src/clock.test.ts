import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

const day = 24 * 3600 * 1000;

test('a wait that is longer than a timer can be ends at its time, or when it is cancelled', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const ended: string[] = [];
  systemClock.after(60 * day, () => ended.push('first'));
  const cancel = systemClock.after(60 * day, () => ended.push('second'));
  // In the steps that one timer can make.
  const longest = 2 ** 31 - 1;
  t.mock.timers.tick(longest);
  cancel();
  t.mock.timers.tick(longest);
  t.mock.timers.tick(60 * day - 2 * longest - 1);
  assert.deepEqual(ended, []);
  t.mock.timers.tick(1);
  assert.deepEqual(ended, ['first']);
});
