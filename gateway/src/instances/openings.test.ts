import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../log.ts';
import { turns } from '../testing/until.ts';
import { Openings } from './openings.ts';

test('no more than the limit have their turn at once, and who asked first is first', async () => {
  const openings = new Openings(2, createLog('silent'));
  const begun: number[] = [];
  const taken = [1, 2, 3, 4, 5].map((number) => {
    const turn = openings.take();
    void turn.granted.then((isGranted) => isGranted && begun.push(number));
    return turn;
  });
  await turns();
  assert.deepEqual(begun, [1, 2]);
  assert.deepEqual(
    taken.map(({ isWaiting }) => isWaiting),
    [false, false, true, true, true],
  );
  taken[1]?.end();
  taken[1]?.end();
  await turns();
  assert.deepEqual(begun, [1, 2, 3]);
  // It leaves the queue, and gives no turn to anybody.
  taken[3]?.end();
  assert.equal(await taken[3]?.granted, false);
  assert.deepEqual(begun, [1, 2, 3]);
  taken[0]?.end();
  await turns();
  assert.deepEqual(begun, [1, 2, 3, 5]);
  taken[2]?.end();
  taken[4]?.end();
  assert.equal(openings.take().isWaiting, false);
});

test('a crowd is two lines of the log, however many wait', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) });
  const openings = new Openings(1, log);
  const crowd = Array.from({ length: 50 }, () => openings.take());
  for (const turn of crowd) turn.end();
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /wait for their turn/);
  assert.match(lines[1] ?? '', /has had its turn/);
  openings.take().end();
  assert.equal(lines.length, 2);
});
