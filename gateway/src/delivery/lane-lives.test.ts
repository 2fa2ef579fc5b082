import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultOptions, plainWebhook } from '../webhooks/webhook.ts';
import { turns, until } from '../testing/until.ts';
import type { AttemptResult } from './attempt-result.ts';
import { Lane } from './lane.ts';
import { createScheduler, type SchedulerLimits } from './scheduler.ts';
import { delivered, refused, reset } from './testing/attempt-results.ts';
import { startDelivering } from './testing/delivering.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { noFiles } from './testing/scripted-media.ts';

test('what a webhook gets while a change of it is being stored is not forgotten when that ends', async () => {
  const drop = Promise.withResolvers<void>();
  const it = await startDelivering({
    receiver: { answer: () => 'hang' },
    wrapStore: (store) => ({
      ...store,
      async drop(selection) {
        await drop.promise;
        return store.drop(selection);
      },
    }),
  });
  const changed = it.scheduler.webhookChanged(1);
  await it.record(1);
  await it.receiver.received(1);
  const before = it.scheduler.inFlight(1);
  assert.equal(before.length, 1);
  drop.resolve();
  await changed;
  assert.deepEqual(it.scheduler.inFlight(1), before);
  await it.record(1);
  assert.deepEqual(it.scheduler.inFlight(1), before);
});

test('a delivery that was answered is in flight until its end is on disk, so that nobody drops it meanwhile', async () => {
  const written = Promise.withResolvers<void>();
  const settling = Promise.withResolvers<void>();
  const it = await startDelivering({
    wrapStore: (store) => ({
      ...store,
      async settle(settlement) {
        settling.resolve();
        await written.promise;
        return store.settle(settlement);
      },
    }),
  });
  await it.record(1);
  await settling.promise;
  assert.equal(it.scheduler.inFlight(1).length, 1);
  written.resolve();
  await it.settled();
  await until(() => it.scheduler.inFlight(1).length === 0);
});

test('of a webhook that is removed while it is off nothing stays in memory', async () => {
  let looks = 0;
  const it = await startDelivering({
    wrapStore: (store) => ({
      ...store,
      async lanesWaiting(...asked) {
        const lanes = await store.lanesWaiting(...asked);
        looks++;
        return lanes;
      },
    }),
  });
  it.setWebhook({ id: 1, isActive: false });
  await it.scheduler.webhookChanged(1);
  for (let lane = 1; lane <= 3; lane++) await it.record(lane);
  it.removeWebhook(1);
  assert.equal(looks, 0);
  await it.scheduler.webhookChanged(1);
  await it.settled();
  // Of both tracks: only who has looked knows that there is nothing left, and may be forgotten.
  await until(() => looks === 2);
});

test('a rate holds too when nothing waits between two events', async () => {
  const it = await startDelivering();
  it.setWebhook({ id: 1, options: { ...defaultOptions, ratePerSecond: 2 } });
  await it.record(1);
  await it.settled();
  await until(() => it.scheduler.state().lanesInTurn === 0);
  await it.record(1);
  assert.equal(it.scheduler.state().lanesInTurn, 0);
  it.clock.advance(500);
  await it.settled();
  await until(() => it.scheduler.state().lanesInTurn === 0);
  // The connection is closed too by then.
  it.clock.advance(10_000);
  assert.equal(it.receiver.requests.length, 2);
  assert.equal(it.clock.nextInMs, null);
});

test('a lane that is left to the store when the gate closes once more is attempted by nobody else meanwhile', async () => {
  const it = start({ keepers: 2, lanesWhileClosed: 2 });
  await it.scheduler.start();
  const silentTwice = [1, 2, 3, 4];
  for (const lane of silentTwice) it.record(lane);
  for (let round = 0; round < 2; round++) {
    for (let left = 4; left > 0; left--) {
      await until(() => it.open().length > 0);
      await it.answer(it.open()[0] ?? 0, reset);
    }
    it.record(9);
    await it.answer(9, delivered);
    if (round === 0) it.clock.advance(3000);
  }
  // Their second attempts are not written down yet, and that takes its time.
  it.store.hold();
  it.record(9);
  await it.answer(9, refused);
  it.clock.advance(3000);
  await it.answer(1, delivered);
  await it.answer(2, refused);
  await turns(20);
  it.store.release();
  await turns(20);
  assert.equal(it.most, 1);
  for (let gaps = 0; it.store.waiting > 0 && gaps < 100; gaps++) {
    it.clock.advance(3000);
    for (const lane of it.open()) await it.answer(lane, delivered);
  }
  assert.deepEqual([it.store.waiting, it.most], [0, 1]);
});

test('only as many lanes are left to the store when the gate closes as memory has no room for', async () => {
  const it = start({ keepers: 2, lanesWhileClosed: 4, lanesAtOnce: 1 });
  await it.scheduler.start();
  for (let lane = 1; lane <= 6; lane++) it.record(lane);
  await it.answer(1, refused);
  await turns(20);
  assert.deepEqual([it.scheduler.state().restingLanes, it.store.lanesRead], [1, 0]);
});

test('lanes that are all in memory already are not read from the store again and again', async () => {
  const it = start({ lanesInMemory: 200, lanesAtOnce: 4 });
  await it.scheduler.start();
  for (let lane = 1; lane <= 120; lane++) it.record(lane);
  it.scheduler.lookAgain([1]);
  await turns(20);
  assert.ok(it.store.lanesRead < 10, `${it.store.lanesRead} reads`);
});

test('what was ended in the store while a lane was read from it is not taken for waiting', async () => {
  const store = new MemoryStore();
  const delivery = store.record(1);
  const read = Promise.withResolvers<void>();
  const lane = new Lane(1, 1, { bytes: 0, bytesMax: 1000 }, delivery.id);
  const slow = new Proxy(store, {
    get: (target, key) =>
      key === 'heads' ? () => read.promise.then(() => [delivery]) : Reflect.get(target, key, target),
  });
  const head = lane.head(slow);
  await store.settle({ deliveryId: delivery.id });
  lane.unload();
  read.resolve();
  assert.equal(await head, null);
  assert.equal(lane.hasWork, true);
  assert.equal(await lane.head(store), null);
  assert.equal(lane.hasWork, false);
});

/** A store whose writing of attempts can be held up. */
class SlowStore extends MemoryStore {
  lanesRead = 0;
  #held: PromiseWithResolvers<void> | null = null;

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  override async logAttempts(): Promise<void> {
    await this.#held?.promise;
  }

  override async lanesWaiting(...asked: Parameters<MemoryStore['lanesWaiting']>) {
    // Who asks for ever would never let the test go on.
    if (++this.lanesRead > 50) await new Promise(() => {});
    return super.lanesWaiting(...asked);
  }
}

/** A scheduler on a store in memory; the test says what becomes of each attempt, and when. */
function start(limits: Partial<SchedulerLimits>) {
  const store = new SlowStore();
  const clock = new FakeClock();
  const webhook = plainWebhook({ id: 1, instanceId: 1, url: 'http://receiver.test/', events: ['message'] });
  const attempts: { readonly lane: number; readonly end: (result: AttemptResult) => void }[] = [];
  let most = 0;
  const scheduler = createScheduler({
    store,
    clock,
    log: { info() {}, warn() {}, error: (_, message) => assert.fail(message) },
    webhook: () => webhook,
    send: ({ eventId }) =>
      new Promise((end) => {
        const lane = store.laneOf(eventId);
        attempts.push({ lane, end });
        most = Math.max(most, attempts.filter((attempt) => attempt.lane === lane).length);
      }),
    fetchMedia: noFiles,
    limits,
    random: () => 0.5,
  });
  return {
    store,
    clock,
    scheduler,
    /** Attempts of one lane that were under way at the same time. */
    get most() {
      return most;
    },
    open: () => attempts.map(({ lane }) => lane),
    record: (lane: number) => scheduler.add([store.record(lane)]),
    /** Ends the lane's attempt as soon as there is one. */
    async answer(lane: number, result: AttemptResult) {
      await until(() => attempts.some((attempt) => attempt.lane === lane));
      const at = attempts.findIndex((attempt) => attempt.lane === lane);
      attempts.splice(at, 1)[0]?.end(result);
      await turns(20);
    },
  };
}
