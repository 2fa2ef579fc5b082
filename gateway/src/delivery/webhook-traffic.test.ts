import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../database/sql.ts';
import { sideLane } from '../outbox/outbox-store.ts';
import { defaultOptions } from '../webhooks/webhook.ts';
import { until } from '../testing/until.ts';
import { startDelivering, type Delivering } from './testing/delivering.ts';
import type { Answer, ReceivedRequest } from './testing/receiver.ts';

test('while nobody answers the sixteen oldest lanes keep their gap, and the others are tried one after the other', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  for (let lane = 1; lane <= 40; lane++) await it.record(lane);
  await it.pass(9000);
  const before = attemptsOf(it);
  await it.pass(30_000);
  const since = attemptsOf(it).map((attempts, lane) => attempts - (before[lane] ?? 0));
  const [keepers, others] = [since.slice(0, 16), since.slice(16)];
  assert.ok(
    keepers.every((attempts) => attempts >= 9 && attempts <= 11),
    `keepers ${keepers.join()}`,
  );
  const rotated = others.reduce((sum, attempts) => sum + attempts, 0);
  assert.ok(rotated >= 8 && rotated <= 12, `others ${others.join()}`);
  assert.ok(Math.max(...others) <= 1);
  assert.deepEqual(it.scheduler.state(), {
    lanesInTurn: 0,
    closedGates: 1,
    restingLanes: 24,
    lanesForRoom: 0,
  });
  it.receiver.answerWith(() => 200);
  await it.pass(4000);
  await it.settled();
  assert.deepEqual(it.scheduler.state(), {
    lanesInTurn: 0,
    closedGates: 0,
    restingLanes: 0,
    lanesForRoom: 0,
  });
  assert.deepEqual(it.broken(), []);
});

test('a receiver that is back gets one lane beyond those that went on, then twice as many with each response', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' }, limits: { keepers: 2 } });
  for (let lane = 1; lane <= 40; lane++) await it.record(lane);
  await it.pass(9000);
  const answers: { readonly request: ReceivedRequest; readonly give: (answer: Answer) => void }[] = [];
  it.receiver.answerWith((request) => new Promise((give) => answers.push({ request, give })));
  const answer = async (one: (typeof answers)[number] | undefined, status: number) => {
    one?.give(status);
    await until(() => one?.request.closedAt !== null);
  };
  const open = () => it.receiver.requests.filter(({ closedAt }) => closedAt === null).length;
  // The clock stands still from the first answer on: what comes then was let through, not due.
  while (answers.length < 2) await stepOver(it);
  await it.quiet();
  const kept = open();
  await answer(answers.shift(), 404);
  const counts: number[] = [];
  for (let responses = 1; responses <= 6; responses++) {
    await it.quiet();
    counts.push(open() - (kept - 1));
    // The latest of them: those that were tried all the time stay open.
    await answer(answers.pop(), 200);
  }
  assert.deepEqual(counts, [1, 2, 4, 8, 16, 16]);
  it.receiver.answerWith(() => 200);
  await Promise.all(answers.map((one) => answer(one, 200)));
  await it.pass(4000);
  await it.settled();
  assert.deepEqual(it.broken(), []);
});

test('a silence of one event holds its own lane only, and many of them take no place from the others', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body }) => (Number(body?.data['lane']) <= 30 ? 'hang' : 200) },
    limits: { lanesAtOnce: 4, keepers: 4 },
  });
  for (let lane = 1; lane <= 4; lane++) await it.record(lane);
  await it.receiver.received(4);
  it.clock.advance(30_000);
  await it.quiet();
  it.clock.advance(3300);
  await until(() => it.scheduler.inFlight(1).length === 4);
  for (let seq = 0; seq < 40; seq++) await it.record(31 + (seq % 10));
  await it.receiver.until((requests) => requests.filter(({ status }) => status === 200).length === 40);
  await until(() => it.scheduler.inFlight(1).length === 4);
  assert.deepEqual(it.broken(), []);
});

test('more dead lanes than memory may hold are all delivered when the receiver is back', async () => {
  const it = await startDelivering({
    receiver: { answer: () => 'close' },
    limits: { keepers: 3, lanesWhileClosed: 8, lanesInMemory: 50 },
  });
  for (let lane = 1; lane <= 120; lane++) await it.record(lane);
  await it.pass(20_000);
  assert.ok(it.scheduler.state().restingLanes <= 8);
  for (let lane = 1; lane <= 120; lane++) await it.record(lane);
  const tried = () => new Set(it.receiver.requests.map(({ body }) => body?.data['lane'])).size;
  const before = tried();
  await it.pass(120_000);
  assert.ok(tried() > before + 20, 'those in the store come round');
  it.receiver.answerWith(() => 200);
  while ((await it.deliveries()).some(({ state }) => state === 'pending')) await it.pass(1000);
  assert.equal(new Set(it.receiver.requests.map(({ eventId }) => eventId)).size, 240);
  assert.deepEqual(it.broken(), []);
});

test('what is told once more goes beside the live lanes, and after what is ready there', async () => {
  const it = await startDelivering({ limits: { lanesAtOnce: 1 } });
  const answers: (() => void)[] = [];
  it.receiver.answerWith(() => new Promise((resolve) => answers.push(() => resolve(200))));
  await it.record(1);
  await it.receiver.received(1);
  for (let lane = 2; lane <= 4; lane++) await it.record(lane);
  await it.db.commit([
    sql`insert into deliveries
      (instance_id, webhook_id, lane, event_id, state, attempts, created_at, replay_id)
      select instance_id, webhook_id, ${sideLane(1)}, event_id, 'pending', 0, created_at, 5
      from deliveries where lane in (2, 3) order by id`,
  ]);
  it.scheduler.lookAgain([1]);
  await it.quiet();
  it.receiver.answerWith(() => 200);
  answers[0]?.();
  await it.settled();
  const lanes = it.receiver.requests.map(({ body }) => body?.data['lane']);
  assert.deepEqual(lanes, [1, 2, 3, 4, 2, 3]);
  assert.deepEqual(
    (await it.deliveries()).map(({ state }) => state),
    Array.from({ length: 6 }, () => 'delivered'),
  );
});

test('a webhook that is switched off is sent nothing; what came meanwhile is sent when it is on again', async () => {
  const it = await startDelivering();
  it.setWebhook({ id: 1, isActive: false });
  await it.scheduler.webhookChanged(1);
  for (let seq = 0; seq < 20; seq++) await it.record(seq % 3);
  await it.pass(24 * 3600 * 1000);
  assert.equal(it.receiver.requests.length, 0);
  it.setWebhook({ id: 1 });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.equal(it.receiver.requests.length, 20);
  assert.deepEqual(it.broken(), []);
});

test('a webhook with a rate gets no more attempts per second than that', async () => {
  const it = await startDelivering();
  it.setWebhook({ id: 1, options: { ...defaultOptions, ratePerSecond: 3 } });
  for (let lane = 1; lane <= 10; lane++) await it.record(lane);
  const received: number[] = [];
  for (let second = 0; second < 4; second++) {
    await it.pass(second === 0 ? 0 : 1000);
    received.push(it.receiver.requests.length);
  }
  assert.deepEqual(received, [1, 4, 7, 10]);
  assert.deepEqual(it.broken(), []);
});

test('a webhook with the reliable policy gets the same again after 503, later each time, in order', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body, attempt }) => (body?.event === 'message' && attempt < 4 ? 503 : 200) },
  });
  const retry = { policy: 'reliable', statuses: [503], maxAgeMs: 3_600_000 } as const;
  it.setWebhook({ id: 1, options: { ...defaultOptions, retry } });
  await it.record(1);
  await it.record(1, { name: 'message_ack' });
  await it.pass(2600);
  const counts = [it.receiver.requests.length];
  for (const ms of [800, 4500, 2200, 8500, 5000]) {
    await it.pass(ms);
    counts.push(it.receiver.requests.length);
  }
  assert.deepEqual(counts, [1, 2, 2, 3, 3, 5]);
  await it.settled();
  const [first] = await it.deliveries();
  assert.deepEqual(
    first?.attemptLog.map(({ outcome, count }) => [outcome, count]),
    [
      ['deferred', 3],
      ['delivered', 1],
    ],
  );
});

test('what a replay or a quota ends in the store is not sent from memory', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  const first = await it.record(1);
  for (let seq = 0; seq < 5; seq++) await it.record(1);
  await it.pass(1000);
  await it.db.commit([sql`update deliveries set state = 'dropped' where event_id <> ${first}`]);
  it.scheduler.reload(1);
  it.receiver.answerWith(() => 200);
  await it.pass(4000);
  await it.settled();
  assert.deepEqual(new Set(it.receiver.requests.map(({ eventId }) => eventId)), new Set([first]));
});

test('an outage is told when it is more than a slow answer, and so is its end', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  await it.record(1);
  await it.pass(4000);
  assert.deepEqual(it.health, []);
  await it.pass(20_000);
  it.receiver.answerWith(() => 500);
  await it.pass(4000);
  assert.deepEqual(
    it.health.map(({ webhookId, state, reason }) => [webhookId, state, reason]),
    [
      [1, 'failing', 'reset'],
      [1, 'recovered', 'reset'],
    ],
  );
});

/** Attempts of each lane, beginning with lane 1. */
function attemptsOf({ receiver }: Delivering): number[] {
  const counts: number[] = [];
  for (const { body } of receiver.requests) {
    const index = Number(body?.data['lane']) - 1;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return Array.from(counts, (count) => count ?? 0);
}

/** To the next timer that is not an attempt's deadline. */
async function stepOver(it: Delivering): Promise<void> {
  await it.quiet();
  const next = it.clock.timersInMs.filter((ms) => ms < 3500);
  if (next.length > 0) it.clock.advance(Math.min(...next));
}
