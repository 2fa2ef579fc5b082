import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../log.ts';
import { createDeliveryLog } from '../outbox/delivery-log.ts';
import { createReplays, type Replays } from '../outbox/replays.ts';
import { startDelivering, type Delivering } from './testing/delivering.ts';
import { plainWebhook } from '../webhooks/webhook.ts';

const rejected = {
  of: 'log',
  webhookId: 1,
  states: ['rejected'],
  events: null,
  sinceMs: null,
  untilMs: null,
} as const;

test('what a receiver rejected comes again, in order per chat, with the same id and bytes', async () => {
  const delivering = await startDelivering({ receiver: { answer: () => 500 } });
  const { receiver } = delivering;
  for (const lane of [1, 2, 1, 2, 1]) await delivering.record(lane);
  await delivering.settled();
  const before = receiver.requests.slice();
  receiver.answerWith(() => 200);
  const replays = replaysOf(delivering);
  const { replay } = await replays.create(1, rejected);
  await receiver.received(10);
  await delivering.settled();
  const again = receiver.requests.slice(5);
  for (const lane of new Set(before.map((request) => request.lane))) {
    const of = (requests: typeof before) =>
      requests.filter((request) => request.lane === lane).map(({ eventId, bytes }) => [eventId, bytes]);
    assert.deepEqual(of(again), of(before));
  }
  const { counts } = await replays.get(1, replay.id);
  assert.deepEqual(counts, { pending: 0, delivered: 5, rejected: 0, dropped: 0, parked: 0 });
  assert.equal((await delivering.deliveries()).filter(({ state }) => state === 'rejected').length, 5);
  await replays.stop();
});

test('a parked delivery that is released arrives', async () => {
  const delivering = await startDelivering();
  delivering.setWebhook({ id: 1, url: 'ftp://receiver.test/1' });
  await delivering.record(3);
  await delivering.settled();
  const [parked] = await delivering.deliveries();
  assert.equal(parked?.state, 'parked');
  delivering.setWebhook({ id: 1 });
  const log = createDeliveryLog({
    database: delivering.db,
    webhook: () => plainWebhook({ id: 1, instanceId: 1, url: delivering.receiver.url, events: ['message'] }),
    onReleased: (webhookId) => delivering.scheduler.lookAgain([webhookId]),
  });
  await log.release(1, parked.id);
  await delivering.receiver.received(1);
  await delivering.settled();
  const [after] = await delivering.deliveries();
  assert.deepEqual([after?.id, after?.state], [parked.id, 'delivered']);
});

function replaysOf({ db, clock, scheduler, receiver }: Delivering): Replays {
  return createReplays({
    database: db,
    clock,
    log: createLog('silent'),
    webhook: () =>
      plainWebhook({ id: 1, instanceId: 1, url: `${receiver.url}/1`, events: ['message', 'message_ack'] }),
    onMade: (webhookIds) => scheduler.lookAgain(webhookIds),
    onDropped: (webhookIds) => webhookIds.forEach((webhookId) => scheduler.reload(webhookId)),
  });
}
