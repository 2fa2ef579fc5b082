import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure } from '../database/database.ts';
import { turns, until } from '../testing/until.ts';
import { startDelivering } from './testing/delivering.ts';
import type { ReceivedRequest } from './testing/receiver.ts';

test('the events of a lane arrive in their order, each once, never two at a time', async () => {
  const it = await startDelivering();
  await Promise.all(Array.from({ length: 500 }, () => it.record(1)));
  await it.settled();
  assert.equal(it.receiver.requests.length, 500);
  assert.deepEqual(it.broken(), []);
});

test('an unanswered event comes again about 3 s after each end of an attempt, until it is answered; then the next', async () => {
  const it = await startDelivering({
    receiver: { answer: (request) => (isAck(request) && request.attempt < 4 ? 'reset' : 200) },
  });
  for (let seq = 1; seq <= 8; seq++) await it.record(1, { name: seq === 5 ? 'message_ack' : 'message' });
  for (let silence = 1; silence <= 3; silence++) {
    const gap = await it.passGap();
    assert.ok(gap >= 2700 && gap <= 3300, `${gap}`);
  }
  await it.settled();
  const attempts = new Set(it.receiver.requests.filter(isAck).map(({ attempt }) => attempt));
  assert.deepEqual(attempts, new Set([1, 2, 3, 4]));
  assert.equal(new Set(it.receiver.requests.map(({ eventId }) => eventId)).size, 8);
  assert.deepEqual(it.broken(), []);
});

test('what is unanswered is logged once, and so is its end', async () => {
  const it = await startDelivering({ receiver: { answer: ({ attempt }) => (attempt < 4 ? 'reset' : 200) } });
  await it.record(1);
  for (let silence = 1; silence <= 3; silence++) await it.passGap();
  await it.settled();
  assert.deepEqual(it.logged, [
    'warn: the webhook does not answer; it is called again',
    'info: the webhook answers again',
  ]);
  const [delivery] = await it.deliveries();
  assert.deepEqual(
    delivery?.attemptLog.map(({ number, count, outcome, reason }) => ({ number, count, outcome, reason })),
    [
      { number: 1, count: 3, outcome: 'silence', reason: 'reset' },
      { number: 4, count: 1, outcome: 'delivered', reason: null },
    ],
  );
});

test('any status ends a delivery: 500 is recorded as rejected, not sent again, and the lane goes on', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body }) => (body?.event === 'message_ack' ? 500 : 200) },
  });
  for (let seq = 1; seq <= 8; seq++) await it.record(1, { name: seq === 5 ? 'message_ack' : 'message' });
  await it.settled();
  assert.equal(it.receiver.requests.length, 8);
  const states = (await it.deliveries()).map(({ state }) => state);
  assert.deepEqual(
    states.map((state) => (state === 'delivered' ? 0 : state)),
    [0, 0, 0, 0, 'rejected', 0, 0, 0],
  );
  assert.deepEqual(it.broken(), []);
});

test('with every second attempt unanswered the order holds and the gap does not grow', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ attempt }) => (attempt === 1 ? 'close' : 200) },
  });
  for (let seq = 1; seq <= 20; seq++) await it.record(1);
  for (let seq = 1; seq <= 20; seq++) {
    const gap = await it.passGap();
    assert.ok(gap >= 2700 && gap <= 3300, `${gap}`);
  }
  await it.settled();
  assert.equal(new Set(it.receiver.requests.map(({ eventId }) => eventId)).size, 20);
  assert.deepEqual(it.broken(), []);
});

test('a lane that hangs holds up no other; a webhook has no more lanes at once than its limit', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body }) => (body?.data['lane'] === 1 ? 'hang' : 200) },
    limits: { lanesAtOnce: 3 },
  });
  await it.record(1);
  for (let seq = 1; seq <= 30; seq++) await it.record(2 + (seq % 10));
  await it.receiver.received(31);
  await until(() =>
    it.receiver.requests.every(({ body, closedAt }) => body?.data['lane'] === 1 || closedAt !== null),
  );
  assert.ok(mostAtOnce(it.receiver.requests) <= 3);
  assert.deepEqual(it.broken(), []);
});

test('two webhooks of an instance do not wait for each other', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ path }) => (path.endsWith('/1') ? 'hang' : 200) },
  });
  it.setWebhook({ id: 2 });
  await it.record(1);
  for (let seq = 1; seq <= 5; seq++) await it.record(1, { webhookId: 2 });
  await it.receiver.received(6);
  assert.deepEqual(it.broken(), []);
});

test('no delivery is forgotten when it is recorded at the moment its lane runs dry', async () => {
  const it = await startDelivering({ limits: { lanesInMemory: 3 } });
  const producers = Array.from({ length: 5 }, async (_, lane) => {
    for (let seq = 1; seq <= 200; seq++) {
      await it.record(lane);
      // Sometimes right after the answer, sometimes while the attempt or its end is under way.
      await turns((seq * 7 + lane) % 5);
    }
  });
  await Promise.all(producers);
  await it.settled();
  assert.equal(it.receiver.requests.length, 1000);
  assert.deepEqual(it.broken(), []);
});

test('more lanes and more deliveries than fit into memory are paged in, all in order', async () => {
  const it = await startDelivering({ limits: { lanesInMemory: 4, bodyBytes: 200 }, isStarted: false });
  for (let seq = 1; seq <= 40; seq++) {
    await Promise.all(Array.from({ length: 11 }, (_, lane) => it.record(lane, { isSilent: true })));
  }
  await it.scheduler.start();
  await advanceUntilSettled(it);
  assert.equal(it.receiver.requests.length, 440);
  assert.deepEqual(it.broken(), []);
});

test('lanes that stay unanswered give their places in memory to others, and get their turn again', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body }) => (Number(body?.data['lane']) < 8 ? 'reset' : 200) },
    limits: { lanesInMemory: 5, lanesWhileClosed: 5, lanesAtOnce: 2, keepers: 2 },
  });
  for (let lane = 0; lane < 12; lane++) await it.record(lane);
  const counts = () => Map.groupBy(it.receiver.requests, ({ body }) => Number(body?.data['lane']));
  while (counts().size < 12 || (counts().get(7)?.length ?? 0) < 3) await step(it);
  assert.equal((await it.deliveries()).filter(({ state }) => state === 'delivered').length, 4);
  it.receiver.answerWith(() => 200);
  await advanceUntilSettled(it);
  assert.deepEqual(it.broken(), []);
});

test('at start what waits is taken up, oldest first, spread over one gap', async () => {
  const before = await startDelivering({ isStarted: false });
  for (const lane of [5, 3, 9]) await before.record(lane, { isSilent: true });
  const it = await before.restart();
  await it.scheduler.start();
  const lanes = () => it.receiver.requests.map(({ body }) => body?.data['lane']);
  await until(() => it.clock.timersInMs.length > 0);
  it.clock.advance(0);
  await it.receiver.received(1);
  it.clock.advance(2000);
  await it.settled();
  assert.equal(lanes()[0], 5);
  assert.deepEqual(new Set(lanes()), new Set([3, 5, 9]));
  assert.deepEqual(it.broken(), []);
});

test('a stop waits for the attempts under way and writes down their end; the rest comes after the next start', async () => {
  const answers: (() => void)[] = [];
  const it = await startDelivering({
    receiver: { answer: () => new Promise((resolve) => answers.push(() => resolve(200))) },
  });
  await it.record(1);
  await it.record(1);
  await it.receiver.received(1);
  const stopped = it.scheduler.stop();
  answers[0]?.();
  await stopped;
  assert.deepEqual(
    (await it.deliveries()).map(({ state }) => state),
    ['delivered', 'pending'],
  );
  it.receiver.answerWith(() => 200);
  const again = await it.restart();
  await advanceUntilSettled(again);
  assert.equal(it.receiver.requests.length, 2);
  assert.deepEqual(it.broken(), []);
});

test('a stop cuts what takes longer than its deadline; that one comes again after the next start', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'hang' } });
  await it.record(1);
  await it.receiver.received(1);
  const stopped = it.scheduler.stop(5000);
  it.clock.advance(5000);
  await stopped;
  await until(() => it.receiver.requests[0]?.closedAt !== null);
  it.receiver.answerWith(() => 200);
  const again = await it.restart();
  await advanceUntilSettled(again);
  assert.equal(it.receiver.requests.length, 2);
  assert.deepEqual(it.broken(), []);
});

test('the count of unanswered attempts goes on after a restart', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  await it.record(1);
  await it.passGap();
  await it.passGap();
  await until(
    () => it.receiver.requests.length === 3 && it.clock.timersInMs.some((ms) => ms > 2600 && ms < 3400),
  );
  const again = await it.restart();
  it.receiver.answerWith(() => 200);
  await advanceUntilSettled(again);
  assert.deepEqual(
    it.receiver.requests.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
  );
  assert.equal((await it.deliveries())[0]?.attempts, 4);
});

test('while the store fails nothing is sent; when it is back all goes on, and nothing was sent twice', async () => {
  let isDown = false;
  const failing = <T>(ask: () => Promise<T>) =>
    isDown ? Promise.reject(new StoreFailure('disk full')) : ask();
  const it = await startDelivering({
    wrapStore: (store) => ({
      ...store,
      heads: (...given) => failing(() => store.heads(...given)),
      settle: (settlement) => failing(() => store.settle(settlement)),
    }),
  });
  it.receiver.answerWith(() => {
    isDown = true;
    return 200;
  });
  await it.record(1);
  await until(() => it.logged.length > 0);
  for (let lane = 1; lane <= 5; lane++) await it.record(lane);
  for (let seconds = 0; seconds < 10; seconds++) {
    it.clock.advance(1000);
    await turns();
  }
  assert.equal(it.receiver.requests.length, 1);
  it.receiver.answerWith(() => 200);
  isDown = false;
  it.clock.advance(1000);
  await until(() => it.logged.length === 2);
  await advanceUntilSettled(it);
  assert.equal(it.receiver.requests.length, 6);
  assert.deepEqual(it.logged, [
    'error: the store fails; no webhook is called until it is back',
    'info: the store is back; webhooks are called again',
  ]);
  assert.deepEqual(it.broken(), []);
});

test('what can never be sent is parked, and its lane goes on', async () => {
  const it = await startDelivering({ isStarted: false });
  await it.record(1, { isSilent: true });
  it.setWebhook({ id: 1, url: 'nonsense' });
  await it.scheduler.start();
  await advanceUntilSettled(it);
  it.setWebhook({ id: 1 });
  await it.record(1);
  await it.settled();
  assert.deepEqual(
    (await it.deliveries()).map(({ state, reason }) => [state, reason]),
    [
      ['parked', 'invalid_url'],
      ['delivered', null],
    ],
  );
  assert.match(it.logged[0] ?? '', /parked/);
});

/** Moves the clock to its next timer, when what is under way has got as far as it gets. */
async function step(it: Awaited<ReturnType<typeof startDelivering>>): Promise<false> {
  await it.quiet();
  const next = it.clock.timersInMs.filter((ms) => ms < 5000);
  if (next.length > 0) it.clock.advance(Math.min(...next));
  return false;
}

async function advanceUntilSettled(it: Awaited<ReturnType<typeof startDelivering>>): Promise<void> {
  const settled = it.settled().then(() => true);
  while (!(await Promise.race([settled, step(it)]))) continue;
}

function isAck({ body }: ReceivedRequest): boolean {
  return body?.event === 'message_ack';
}

function mostAtOnce(requests: readonly ReceivedRequest[]): number {
  return Math.max(
    ...requests.map(
      ({ openedAt }) =>
        requests.filter((other) => other.openedAt <= openedAt && (other.closedAt ?? Infinity) > openedAt)
          .length,
    ),
  );
}

test('what was committed without anybody hearing of it is found when the scheduler is told to look again', async () => {
  const it = await startDelivering();
  await it.record(1);
  await it.settled();
  await it.record(1, { isSilent: true });
  await it.record(2, { isSilent: true });
  it.scheduler.lookAgain([1]);
  await it.record(1);
  await it.settled();
  assert.equal(it.receiver.requests.length, 4);
  assert.deepEqual(it.broken(), []);
});
