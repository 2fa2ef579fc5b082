import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.ts';

/** Texts, by their length; ten in all. */
function texts(...keys: string[]): Recent<string> {
  const recent = new Recent<string>(10, ({ length }) => length);
  for (const key of keys) recent.put(key, '1234');
  return recent;
}

function held(recent: Recent<string>, ...keys: string[]): string[] {
  return keys.filter((key) => recent.get(key) !== undefined);
}

test('the oldest go when there is more than the limit, the one that was just put stays however large it is', () => {
  const recent = texts('a', 'b', 'c');
  assert.deepEqual([held(recent, 'a', 'b', 'c'), recent.size], [['b', 'c'], 8]);
  recent.put('b', '12');
  recent.put('d', '1234');
  assert.deepEqual([held(recent, 'b', 'c', 'd'), recent.size], [['b', 'c', 'd'], 10]);
  recent.put('e', '1');
  assert.deepEqual(held(recent, 'b', 'c', 'd', 'e'), ['c', 'd', 'e']);
  recent.put('f', '1'.repeat(20));
  assert.deepEqual([held(recent, 'c', 'd', 'e', 'f'), recent.size], [['f'], 20]);
});

test('what is read is the youngest', () => {
  const recent = texts('a', 'b');
  assert.equal(recent.get('a'), '1234');
  recent.put('c', '1234');
  assert.deepEqual(held(recent, 'a', 'b', 'c'), ['a', 'c']);
});

test('what is being written stays until each of its writes is on disk', () => {
  const recent = texts();
  recent.hold('a');
  recent.hold('a');
  for (const key of ['a', 'b', 'c', 'd']) recent.put(key, '1234');
  assert.deepEqual(held(recent, 'a', 'b', 'c', 'd'), ['a', 'd']);
  recent.written(['a']);
  recent.put('e', '1234');
  assert.deepEqual(held(recent, 'a', 'd', 'e'), ['a', 'e']);
  recent.put('a', '12345678');
  recent.written(['a', 'never held']);
  assert.deepEqual(held(recent, 'a', 'e'), ['a']);
  recent.put('f', '1234');
  assert.deepEqual(held(recent, 'a', 'f'), ['f']);
});

test('nothing is held any more when all is written, and nothing is left when it is cleared', () => {
  const recent = texts();
  for (const key of ['a', 'b', 'c']) {
    recent.hold(key);
    recent.put(key, '1234');
  }
  assert.equal(recent.size, 12);
  recent.allWritten();
  assert.deepEqual([held(recent, 'a', 'b', 'c'), recent.size], [['b', 'c'], 8]);
  recent.clear();
  assert.deepEqual([held(recent, 'a', 'b', 'c'), recent.size], [[], 0]);
});
