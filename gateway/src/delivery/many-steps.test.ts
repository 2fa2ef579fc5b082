import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainWebhook } from '../webhooks/webhook.ts';
import { turns, until } from '../testing/until.ts';
import type { AttemptResult } from './attempt-result.ts';
import { createScheduler, type SchedulerLimits } from './scheduler.ts';
import { delivered, refused } from './testing/attempt-results.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { MemoryStore } from './testing/memory-store.ts';
import { noFiles } from './testing/scripted-media.ts';

// What only shows after very many steps. The steps are real, their ends are in memory: a disk and a socket per step
// would take hours.

test('of very many deliveries none is stranded, whenever it is recorded while its lane runs dry', async () => {
  const store = new MemoryStore();
  const sent = new Map<number, number>();
  let disorder = 0;
  const { scheduler } = start(store, { lanesInMemory: 7, lanesAtOnce: 5 }, async (lane, eventId) => {
    const id = Number(eventId.slice(4));
    if (id <= (sent.get(lane) ?? 0)) disorder++;
    sent.set(lane, id);
    // Some end at once, some a few steps later, some after everything that is under way now.
    for (let steps = id % 5; steps > 0; steps--) await Promise.resolve();
    if (id % 1000 === 0) await turns();
    return delivered;
  });
  await scheduler.start();
  for (let made = 0; made < 100_000; made++) {
    scheduler.add([store.record(made % 11)]);
    for (let steps = (made * 7) % 6; steps > 0; steps--) await Promise.resolve();
    await until(() => store.waiting <= 500);
  }
  await until(() => store.waiting === 0);
  assert.equal(disorder, 0);
  assert.equal(scheduler.state().lanesInTurn, 0);
});

test('a receiver that is away for a day is tried every 3 s, whatever waits for it, and little is written', async () => {
  const store = new MemoryStore();
  let attempts = 0;
  const { scheduler, clock } = start(store, {}, async () => {
    attempts++;
    return refused;
  });
  for (let made = 0; made < 10_000; made++) store.record(1);
  await scheduler.start();
  const day = 24 * 3600 * 1000;
  while (clock.monotonic() < day) {
    for (let steps = 0; steps < 30; steps++) await Promise.resolve();
    clock.advance(Math.max(1, clock.nextInMs ?? 0));
  }
  assert.ok(Math.abs(attempts - day / 3000) < 1000, `${attempts} attempts`);
  assert.ok(store.logged <= day / 30_000, `${store.logged} writes`);
  assert.equal(store.waiting, 10_000);
});

function start(
  store: MemoryStore,
  limits: Partial<SchedulerLimits>,
  answer: (lane: number, eventId: string) => Promise<AttemptResult>,
) {
  const clock = new FakeClock();
  const webhook = plainWebhook({ id: 1, instanceId: 1, url: 'http://receiver.test/', events: ['message'] });
  const scheduler = createScheduler({
    store,
    clock,
    log: { info() {}, warn() {}, error: (_, message) => assert.fail(message) },
    webhook: () => webhook,
    send: ({ eventId }) => answer(store.laneOf(eventId), eventId),
    fetchMedia: noFiles,
    limits,
  });
  return { scheduler, clock };
}
