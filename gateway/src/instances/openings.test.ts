import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../log.ts';
import { Openings } from './openings.ts';

test('no more than the limit have their turn at once, and who asked first is first', async () => {
  const openings = new Openings(2, createLog('silent'));
  const begun: number[] = [];
  const turns = [1, 2, 3, 4, 5].map((number) => {
    const turn = openings.take();
    void turn.granted.then((isGranted) => isGranted && begun.push(number));
    return turn;
  });
  await settle();
  assert.deepEqual(begun, [1, 2]);
  assert.deepEqual(
    turns.map(({ isWaiting }) => isWaiting),
    [false, false, true, true, true],
  );
  turns[1]?.end();
  turns[1]?.end();
  await settle();
  assert.deepEqual(begun, [1, 2, 3]);
  // It leaves the queue, and gives no turn to anybody.
  turns[3]?.end();
  assert.equal(await turns[3]?.granted, false);
  assert.deepEqual(begun, [1, 2, 3]);
  turns[0]?.end();
  await settle();
  assert.deepEqual(begun, [1, 2, 3, 5]);
  turns[2]?.end();
  turns[4]?.end();
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

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
