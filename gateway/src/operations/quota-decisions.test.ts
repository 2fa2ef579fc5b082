import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions, type Quota } from '../webhooks/webhook.ts';
import { msToNextAge, nextLevel, quotaUse, toldOf, tooMany, type QuotaLevel } from './quota-decisions.ts';

const now = 1_700_000_000_000;
const quota: Quota = { deliveriesMax: 100, bytesMax: 1000, ageMsMax: 10_000, whenReached: 'pause' };

test('the limit that is nearest to its end counts', () => {
  const cases = [
    [{ deliveries: 50, bytes: 100, oldestAt: now }, 'deliveries', 0.5],
    [{ deliveries: 50, bytes: 900, oldestAt: now - 5000 }, 'bytes', 0.9],
    [{ deliveries: 50, bytes: 900, oldestAt: now - 20_000 }, 'age', 2],
    [{ deliveries: 0, bytes: 0, oldestAt: null }, 'deliveries', 0],
  ] as const;
  for (const [waiting, limit, share] of cases) {
    assert.deepEqual(quotaUse(waiting, quota, now), { limit, share });
  }
});

test('a level rises at one mark and falls at a lower one, and each rise is told once', () => {
  const shares = [0.5, 0.79, 0.8, 0.9, 0.79, 0.6, 0.85, 0.59, 0.8, 1, 1.2, 0.95, 1, 0.9, 0.89, 1, 0.3, 1];
  const told: string[] = [];
  let level: QuotaLevel = 'free';
  for (const share of shares) {
    const after = nextLevel(level, share);
    told.push(toldOf(level, after) ?? after);
    level = after;
  }
  const expected =
    'free free quota.near near near near near free quota.near quota.reached ' +
    'reached reached reached reached near quota.reached free quota.reached';
  assert.equal(told.join(' '), expected);
});

test('the oldest is looked at when it gets too old, and not before', () => {
  const waiting = { deliveries: 1, bytes: 1, oldestAt: now - 1000 };
  assert.equal(msToNextAge(waiting, quota, 'free', now), 7000);
  assert.equal(msToNextAge(waiting, quota, 'near', now), 9000);
  assert.equal(msToNextAge(waiting, quota, 'reached', now), null);
  assert.equal(msToNextAge(waiting, { ...quota, whenReached: 'drop_oldest' }, 'reached', now), 9000);
  assert.equal(msToNextAge({ ...waiting, oldestAt: null }, quota, 'free', now), null);
  assert.equal(msToNextAge({ ...waiting, oldestAt: now - 99_999 }, quota, 'free', now), 0);
});

test('the oldest go until there is room: not more of them, and none in flight', () => {
  const oldest = Array.from({ length: 10 }, (_, index) => ({ id: index + 1, bodyBytes: 10, createdAt: now }));
  const ids = (...[waiting, inFlight, at]: [{ deliveries: number; bytes: number }, number[], number]) =>
    tooMany(oldest, { ...waiting, oldestAt: now }, quota, inFlight, at).map(({ id }) => id);
  assert.deepEqual(ids({ deliveries: 102, bytes: 0 }, [], now), [1, 2, 3]);
  assert.deepEqual(ids({ deliveries: 102, bytes: 0 }, [1, 3], now), [2, 4, 5]);
  assert.deepEqual(ids({ deliveries: 99, bytes: 1010 }, [], now), [1, 2]);
  assert.deepEqual(ids({ deliveries: 99, bytes: 990 }, [], now), []);
  assert.equal(ids({ deliveries: 10, bytes: 100 }, [2], now + 9900).length, 9);
});

test('the quota that nobody set is generous, and knows no age, whatever the clock says', () => {
  const { quota: usual } = defaultOptions;
  assert.deepEqual([usual.deliveriesMax, usual.whenReached], [1_000_000, 'pause']);
  const waiting = { deliveries: 1, bytes: 1, oldestAt: 0 };
  assert.ok(quotaUse(waiting, usual, now).share < 0.01);
  assert.equal(msToNextAge(waiting, usual, 'free', now), null);
  const [old] = [{ id: 1, bodyBytes: 1, createdAt: 0 }];
  assert.deepEqual(tooMany([old], waiting, usual, [], now), []);
});
