import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Age } from '../database/old-rows.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import { turns, until } from '../testing/until.ts';
import { Sweeper, type Rule } from './sweeper.ts';

const hourMs = 3600 * 1000;

test('it sweeps at start and an hour after each sweep, each rule with its own age', async () => {
  const { sweeper, clock, asked } = sweeping(() => [0]);
  sweeper.start();
  await passed(clock);
  const first = clock.now();
  clock.advance(hourMs - 1);
  assert.equal(asked.length, 2);
  clock.advance(1);
  await passed(clock);
  const second = first + hourMs;
  assert.deepEqual(asked, [
    ['one', { before: first - 1000, now: first }],
    ['two', { before: first - 2000, now: first }],
    ['one', { before: second - 1000, now: second }],
    ['two', { before: second - 2000, now: second }],
  ]);
  await sweeper.stop();
  assert.equal(clock.nextInMs, null);
});

test('a rule that fails is tried again in an hour and stops no other', async () => {
  const { sweeper, clock, asked, forgotten, logged } = sweeping((what) => {
    if (what === 'one') throw new Error('The disk is full.');
    return [500, 3];
  });
  sweeper.start();
  await passed(clock);
  assert.deepEqual(forgotten, ['two 500', 'two 3']);
  assert.match(logged.join(''), /"what":"one".*trying again in an hour/);
  clock.advance(hourMs);
  await passed(clock);
  assert.equal(asked.length, 4);
  await sweeper.stop();
});

test('to stop waits for the unit in hand and begins no other', async () => {
  const { promise: held, resolve: end } = Promise.withResolvers<number>();
  const { sweeper, clock, asked, forgotten } = sweeping(() => [500, held, 500]);
  sweeper.start();
  const stopped = sweeper.stop().then(() => forgotten.push('stopped'));
  end(500);
  await stopped;
  assert.deepEqual(forgotten, ['one 500', 'stopped']);
  assert.equal(asked.length, 1);
  assert.equal(clock.nextInMs, null);
});

test('after a unit it rests as long as that took; to stop does not wait for the rest', async () => {
  const { sweeper, clock, forgotten } = sweeping((_, clock) => {
    clock.advance(40);
    return [200, 200];
  });
  sweeper.start();
  await passed(clock);
  assert.deepEqual(forgotten, ['one 200']);
  clock.advance(39);
  await turns();
  assert.deepEqual([forgotten.length, clock.nextInMs], [1, 1]);
  clock.advance(1);
  await passed(clock);
  assert.deepEqual(forgotten, ['one 200', 'one 200', 'two 200']);
  await sweeper.stop();
  assert.equal(clock.nextInMs, null);
});

/** Two rules whose units are what `unitsOf` gives. */
function sweeping(unitsOf: (what: string, clock: FakeClock) => readonly (number | Promise<number>)[]) {
  const clock = new FakeClock();
  const asked: [string, Age][] = [];
  const forgotten: string[] = [];
  const logged: string[] = [];
  const rule = (what: string, keptMs: number): Rule => ({
    what,
    keptMs,
    async *forget(age) {
      asked.push([what, age]);
      for (const unit of unitsOf(what, clock)) yield unit;
    },
  });
  const sweeper = new Sweeper({
    rules: [rule('one', 1000), rule('two', 2000)],
    clock,
    log: createLog('info', { write: (line) => logged.push(line) }),
    onForgotten: (what, rows) => forgotten.push(`${what} ${rows}`),
  });
  return { sweeper, clock, asked, forgotten, logged };
}

/** Resolves when the sweep waits: it rests, or it has ended and the next one is set. */
async function passed(clock: FakeClock): Promise<void> {
  await until(() => clock.nextInMs !== null);
}
