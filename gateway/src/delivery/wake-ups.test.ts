import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fake-clock.ts';
import { WakeUps } from './wake-ups.ts';

test('calls come in the order of their times, whatever the order they were asked for', () => {
  const clock = new FakeClock();
  const wakeUps = new WakeUps(clock);
  const called: number[] = [];
  const times = Array.from({ length: 500 }, (_, index) => (index * 7919) % 1009);
  for (const ms of times) wakeUps.after(ms, () => called.push(ms));
  clock.advance(500);
  assert.deepEqual(
    called,
    times.filter((ms) => ms <= 500).toSorted((one, other) => one - other),
  );
  clock.advance(1000);
  assert.deepEqual(
    called,
    times.toSorted((one, other) => one - other),
  );
  assert.equal(clock.nextInMs, null);
});

test('what is cancelled is not called, and what is asked for by a call comes in its time', () => {
  const clock = new FakeClock();
  const wakeUps = new WakeUps(clock);
  const called: string[] = [];
  const cancel = wakeUps.after(10, () => called.push('cancelled'));
  wakeUps.after(20, () => {
    called.push('first');
    wakeUps.after(5, () => called.push('second'));
  });
  cancel();
  clock.advance(24);
  assert.deepEqual(called, ['first']);
  clock.advance(1);
  assert.deepEqual(called, ['first', 'second']);
});

test('one timer of the clock serves all, set for the earliest', () => {
  const clock = new FakeClock();
  const wakeUps = new WakeUps(clock);
  wakeUps.after(100, () => {});
  assert.equal(clock.nextInMs, 100);
  wakeUps.after(50, () => {});
  assert.equal(clock.nextInMs, 50);
  wakeUps.clear();
  assert.equal(clock.nextInMs, null);
});
