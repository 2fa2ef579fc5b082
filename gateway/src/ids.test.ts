import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventIds, eventIdPattern, firstEventId, newEventId, noEventId } from './ids.ts';

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

test('a million ids grow strictly, many in each millisecond', () => {
  const ids = new EventIds(null);
  let last = '';
  for (let count = 0; count < 1_000_000; count++) {
    const id = ids.next(1_795_372_013_000 + Math.floor(count / 1000));
    if (id <= last || id.length !== 30) assert.fail(`${id} came after ${last}`);
    last = id;
  }
  assert.ok(last > firstEventId(1_795_372_013_999) && last < firstEventId(1_795_372_014_000));
});

test('ids grow while the clock is behind, and are of their time again when it has caught up', () => {
  const ids = new EventIds(null);
  const times = [5000, 5000, 4000, 10, 0, 4999, 5000, 5001, 5000, 5001];
  const given = times.map((nowMs) => ids.next(nowMs));
  for (const [place, id] of given.entries()) assert.ok(place === 0 || id > (given[place - 1] ?? ''), id);
  assert.deepEqual(
    given.map((id) => (id < firstEventId(5001) ? 5000 : 5001)),
    [5000, 5000, 5000, 5000, 5000, 5000, 5000, 5001, 5001, 5001],
  );
});

test('ids go on after the greatest that was given before', () => {
  const stored = new EventIds(null).next(9_000_000);
  const ids = new EventIds(stored);
  const given = [1_000_000, 9_000_000, 9_000_001].map((nowMs) => ids.next(nowMs));
  assert.deepEqual([stored, ...given], [stored, ...given].toSorted());
  assert.equal(new Set([stored, ...given]).size, 4);
});

test('a full random part is carried into the time', () => {
  const ids = new EventIds(`${firstEventId(31)}${'Z'.repeat(16)}`);
  assert.equal(ids.next(31), `${firstEventId(32)}${'0'.repeat(16)}`);
  assert.equal(ids.next(31), `${firstEventId(32)}${'0'.repeat(15)}1`);
  assert.match(ids.next(33), new RegExp(`^${firstEventId(33)}`));
});

test('every id has the form that is asked of a cursor, and comes after the one that stands for none', () => {
  const form = new RegExp(`^${eventIdPattern}$`);
  for (const id of [noEventId, new EventIds(null).next(0), newEventId(2 ** 48 - 1)]) assert.match(id, form);
  assert.ok(new EventIds(null).next(0) >= noEventId);
});
