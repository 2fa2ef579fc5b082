import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newEventId } from './ids.ts';

test('event ids have the form of a ULID, and later ones sort after earlier ones', () => {
  const times = [0, 1, 31, 32, 1_795_372_013_000, 1_795_372_013_001, 2 ** 48 - 1];
  const ids = times.map(newEventId);
  for (const id of ids) assert.match(id, /^evt_[0-9A-HJKMNP-TV-Z]{26}$/);
  assert.deepEqual(ids, ids.toSorted());
  assert.equal(newEventId(1469918176385).slice(4, 14), '01ARYZ6S41', 'the example of the ULID specification');
});

test('many ids of the same millisecond differ', () => {
  assert.equal(new Set(Array.from({ length: 20_000 }, () => newEventId(5))).size, 20_000);
});
