import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { FakeClock } from '../testing/fake-clock.ts';
import { createLog } from '../log.ts';
import { until } from '../testing/until.ts';
import { floorBytes, isDiskLow, type DiskSpace } from './disk-decisions.ts';
import { DiskWatch, spaceOf } from './disk-watch.ts';
import type { OperationalEvent } from './operational-events.ts';

const gib = 1024 ** 3;

test('the floor is a share of the disk, and never more than 1 GiB', () => {
  const floors = [
    [10, 5],
    [100, 5],
    [10, 0],
  ].map(([total = 0, percent = 0]) => floorBytes({ totalBytes: total * gib, freeBytes: 0 }, percent));
  assert.deepEqual(floors, [gib / 2, gib, 0]);
});

test('what is low stays so until there is clearly more than the floor', () => {
  assert.deepEqual([isLow(false, 1), isLow(false, 0.99)], [false, true]);
  assert.deepEqual([isLow(true, 1.2), isLow(true, 1.25)], [true, false]);
});

test('below the floor everything is paused once, above it again it goes on', async () => {
  const world = watching({ totalBytes: 100 * gib, freeBytes: 50 * gib });
  await world.watch.start();
  assert.deepEqual(world.done, []);
  await world.become(0.5 * gib);
  await world.become(0.4 * gib);
  assert.deepEqual(world.done, ['disk.low', 'pause']);
  assert.match(world.reasons[0] ?? '', /nearly full: 512 MB are free/);
  await world.become(1.1 * gib);
  await world.become(3 * gib);
  assert.deepEqual(world.done, ['disk.low', 'pause', 'disk.recovered', 'resume']);
  const { data } = world.events[1] ?? assert.fail();
  assert.deepEqual(data, {
    freeBytes: 3 * gib,
    totalBytes: 100 * gib,
    floorBytes: gib,
    since: world.clock.now() - 30_000,
  });
  await world.watch.stop();
  assert.equal(world.clock.nextInMs, null);
});

test('a disk that is low at the start is known before anything connects', async () => {
  const world = watching({ totalBytes: 100 * gib, freeBytes: 0 });
  await world.watch.start();
  assert.deepEqual(world.done, ['disk.low', 'pause']);
});

test('a disk that cannot be asked is as it was, and is asked again', async () => {
  const world = watching({ totalBytes: 100 * gib, freeBytes: 0 });
  await world.watch.start();
  await world.become(null);
  assert.deepEqual(world.done, ['disk.low', 'pause']);
  await world.become(9 * gib);
  assert.equal(world.done.at(-1), 'resume');
});

test('with 0 the disk is not watched', async () => {
  const world = watching({ totalBytes: 100 * gib, freeBytes: 0 }, 0);
  await world.watch.start();
  assert.deepEqual([world.done, world.clock.nextInMs], [[], null]);
});

test('the real disk has space', async () => {
  const { freeBytes, totalBytes } = await spaceOf(tmpdir());
  assert.ok(freeBytes >= 0 && totalBytes > freeBytes);
});

function isLow(wasLow: boolean, freeGib: number): boolean {
  return isDiskLow(wasLow, { totalBytes: 100 * gib, freeBytes: freeGib * gib }, 5);
}

function watching(start: DiskSpace, percent = 5) {
  const clock = new FakeClock();
  let space: DiskSpace | null = start;
  const [done, reasons, events] = [[] as string[], [] as string[], [] as OperationalEvent[]];
  const watch = new DiskWatch({
    clock,
    log: createLog('silent'),
    percent,
    async space() {
      if (space === null) throw new Error('no such disk');
      return space;
    },
    async pause(reason) {
      done.push('pause');
      reasons.push(reason);
    },
    resume: () => void done.push('resume'),
    tell(event) {
      done.push(event.event);
      events.push(event);
    },
  });
  return {
    watch,
    clock,
    done,
    reasons,
    events,
    /** Ten seconds later so much is free; null: nobody knows. */
    async become(freeBytes: number | null) {
      space = freeBytes === null ? null : { ...start, freeBytes };
      clock.advance(10_000);
      await until(() => clock.nextInMs !== null);
    },
  };
}
