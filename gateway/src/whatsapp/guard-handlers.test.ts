import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { turns } from '../testing/until.ts';
import { guardHandlers } from './guard-handlers.ts';

test('a handler that fails, at once or later, keeps nobody from theirs', async () => {
  const ws = new EventEmitter();
  const failures: string[] = [];
  const handled: string[] = [];
  guardHandlers(ws, (error, event) => failures.push(`${event}: ${(error as Error).message}`));
  ws.on('CB:presence,type:x', () => {
    throw new Error('at once');
  });
  // What it returns is of use to nobody but the guard.
  ws.on('CB:presence,type:x', (): unknown => Promise.reject(new Error('later')));
  ws.once('CB:presence,type:x', (one: string, other: string) => handled.push(one, other));
  assert.equal(ws.emit('CB:presence,type:x', 'a', 'b'), true);
  assert.equal(ws.emit('CB:nobody'), false);
  await turns();
  assert.deepEqual(failures, ['CB:presence: at once', 'CB:presence: later']);
  ws.emit('CB:presence,type:x', 'c');
  assert.deepEqual(handled, ['a', 'b']);
});

test('after bytes that are no stanza those that came with them are read', async () => {
  const ws = new EventEmitter();
  const failures: string[] = [];
  const waiting = ['bad', 'worse', 'good'];
  const read: string[] = [];
  guardHandlers(ws, (error) => failures.push((error as Error).message));
  const readNext = async () => {
    await Promise.resolve();
    const frame = waiting.shift() ?? '';
    if (frame !== 'good') throw new Error(frame);
    read.push(frame);
  };
  ws.on('message', (): unknown => readNext());
  ws.emit('message', 'bytes');
  await turns();
  assert.deepEqual([failures, read, waiting], [['bad', 'worse'], ['good'], []]);
});

test('what is no stanza fails as ever: mistakes of ours are not hidden', () => {
  const ws = new EventEmitter();
  guardHandlers(ws, () => undefined);
  ws.on('frame', () => {
    throw new Error('ours');
  });
  assert.throws(() => ws.emit('frame'), /ours/);
});
