import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../testing/fake-clock.ts';
import { noEventId } from '../ids.ts';
import { EventSignals } from './event-signals.ts';
import { followEvents, waitForEvents, type ReadEvents } from './follow-events.ts';
import type { StoredEvent } from './list-events.ts';

const page = { instanceId: 1, after: noEventId, names: null, limit: 3, bytesMax: 1000 };

test('whatever the moment, no event is missed between the look and the wait', async () => {
  const { commit, read, signals } = eventLog();
  const listener = signals.listen(1);
  const total = 20_000;
  const writing = (async () => {
    for (let count = 0; count < total; count++) {
      // Of 0 to 6 turns, so that commits fall before, into and after each look.
      for (let turn = count % 7; turn > 0; turn--) await Promise.resolve();
      commit();
    }
  })();
  let seen = 0;
  for (let after = noEventId; seen < total;) {
    const found = await waitForEvents(read, listener, { ...page, after });
    assert.ok(found.events.length > 0);
    for (const { recordedAt } of found.events) assert.equal(recordedAt, seen++);
    after = found.cursor;
  }
  await writing;
});

test('a wait ends when its listener does, with a last look and the cursor where it stands', async () => {
  const { commit, read, signals } = eventLog();
  const listener = signals.listen(1);
  const waiting = waitForEvents(read, listener, { ...page, names: ['qr'] });
  commit('call');
  const last = commit('call');
  signals.stop();
  assert.deepEqual(await waiting, { events: [], cursor: last, hasMore: false });
  assert.equal(signals.listen(1).isEnded, true);
});

test('only who listens to the instance is woken or ended', async () => {
  const signals = new EventSignals();
  const [one, other] = [signals.listen(1), signals.listen(2)];
  signals.end(1);
  await one.heard();
  assert.deepEqual([one.isEnded, other.isEnded], [true, false]);
  let isHeard = false;
  const hearing = other.heard().then(() => (isHeard = true));
  signals.wake(1);
  await one.heard();
  assert.equal(isHeard, false);
  signals.wake(2);
  await hearing;
});

test('who follows gets all pages, then an empty one for each quiet time, and nothing is read ahead', async () => {
  const clock = new FakeClock();
  const { commit, read, signals, reads } = eventLog();
  for (let count = 0; count < 7; count++) commit();
  const listener = signals.listen(1);
  const pages = followEvents(read, listener, page, { clock, quietMs: 15_000 });
  const take = async () => {
    const next = await pages.next();
    return next.done === true ? null : next.value.events.map(({ recordedAt }) => recordedAt);
  };
  assert.deepEqual(await take(), [0, 1, 2]);
  assert.equal(reads.length, 1);
  assert.deepEqual([await take(), await take()], [[3, 4, 5], [6]]);
  const quiet = take();
  clock.advance(14_999);
  clock.advance(1);
  assert.deepEqual(await quiet, []);
  const next = take();
  commit();
  assert.deepEqual(await next, [7]);
  const last = pages.next();
  signals.end(1);
  assert.equal((await last).done, true);
  assert.equal(clock.nextInMs, null);
});

/** Events in memory that are read with turns of the event loop in between; `recordedAt` counts them. */
function eventLog() {
  const all: StoredEvent[] = [];
  const signals = new EventSignals();
  const reads: string[] = [];
  const read: ReadEvents = async ({ after, names, limit }) => {
    reads.push(after);
    await Promise.resolve();
    const rest = all.slice(after === noEventId ? 0 : Number(after) + 1);
    await Promise.resolve();
    const looked = rest.slice(0, limit);
    const events = looked.filter(({ name }) => names === null || names.includes(name));
    return { events, cursor: looked.at(-1)?.id ?? after, hasMore: looked.length < rest.length };
  };
  const commit = (name: StoredEvent['name'] = 'message') => {
    const id = String(all.length);
    all.push({ id, name, body: new Uint8Array(), recordedAt: all.length });
    signals.wake(1);
    return id;
  };
  return { commit, read, signals, reads };
}
