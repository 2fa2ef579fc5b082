import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns, until } from '../testing/until.ts';
import { startDelivering } from './testing/delivering.ts';
import { startReceiver } from './testing/receiver.ts';

test('after a change of the URL the next attempt goes to the new one, with the same bytes', async (t) => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  const other = await startReceiver();
  t.after(() => other.close());
  const eventId = await it.record(1);
  await it.passGap();
  await it.receiver.received(2);
  it.setWebhook({ id: 1, url: other.url });
  await it.scheduler.webhookChanged(1);
  await it.passGap();
  await it.settled();
  assert.equal(it.receiver.requests.length, 2);
  assert.deepEqual(
    other.requests.map((request) => [request.eventId, request.attempt]),
    [[eventId, 3]],
  );
  assert.deepEqual(other.requests[0]?.bytes, it.receiver.requests[0]?.bytes);
});

test('events that are unsubscribed are dropped at once, except the attempt under way; the others go on', async () => {
  const answers: (() => void)[] = [];
  const it = await startDelivering({
    receiver: { answer: () => new Promise((resolve) => answers.push(() => resolve(200))) },
  });
  await it.record(1);
  await it.receiver.received(1);
  for (let seq = 0; seq < 30; seq++) await it.record(1, { name: seq === 20 ? 'message_ack' : 'message' });
  it.setWebhook({ id: 1, events: ['message_ack'] });
  await it.scheduler.webhookChanged(1);
  const states = async () => Object.entries(Object.groupBy(await it.deliveries(), ({ state }) => state));
  assert.deepEqual(Object.fromEntries((await states()).map(([state, of]) => [state, of?.length])), {
    pending: 2,
    dropped: 29,
  });
  it.receiver.answerWith(() => 200);
  answers[0]?.();
  await it.settled();
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => body?.event),
    ['message', 'message_ack'],
  );
  assert.deepEqual(
    new Set((await it.deliveries()).map(({ reason }) => reason)),
    new Set([null, 'unsubscribed']),
  );
});

test('an unsubscribed event that waits for its next attempt is dropped at once, and its lane goes on', async () => {
  const it = await startDelivering({
    receiver: { answer: ({ body }) => (body?.event === 'message' ? 'reset' : 200) },
  });
  await it.record(1);
  await it.record(1, { name: 'message_ack' });
  await until(() => it.clock.timersInMs.some((ms) => ms > 2600 && ms < 3400));
  it.setWebhook({ id: 1, events: ['message_ack'] });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.deepEqual(
    (await it.deliveries()).map(({ state, reason }) => [state, reason]),
    [
      ['dropped', 'unsubscribed'],
      ['delivered', null],
    ],
  );
});

test('while a webhook is off nothing is sent to it and nothing is lost; on again, all of it comes in order', async () => {
  const it = await startDelivering({ limits: { lanesInMemory: 3 } });
  await it.record(1);
  await it.receiver.received(1);
  it.setWebhook({ id: 1, isActive: false });
  await it.scheduler.webhookChanged(1);
  for (let seq = 0; seq < 40; seq++) await it.record(seq % 5);
  it.setWebhook({ id: 2 });
  it.clock.advance(60_000);
  await it.record(7, { webhookId: 2 });
  await it.receiver.received(2);
  assert.equal(it.receiver.requests.at(-1)?.path.endsWith('/2'), true, 'nothing else came meanwhile');
  assert.equal((await it.deliveries()).filter(({ state }) => state === 'pending').length >= 40, true);
  it.setWebhook({ id: 1 });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.equal(it.receiver.requests.length, 42);
  assert.deepEqual(it.broken(), []);
});

test('a webhook that was off before a restart is off after it, and what waited comes when it is on', async () => {
  const before = await startDelivering();
  before.setWebhook({ id: 1, isActive: false });
  await before.scheduler.webhookChanged(1);
  for (let seq = 0; seq < 10; seq++) await before.record(seq % 3);
  const it = await before.restart();
  it.setWebhook({ id: 2 });
  it.clock.advance(60_000);
  await it.record(7, { webhookId: 2 });
  await it.receiver.received(1);
  it.setWebhook({ id: 1 });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.equal(it.receiver.requests[0]?.path.endsWith('/2'), true);
  assert.equal(it.receiver.requests.length, 11);
  assert.deepEqual(it.broken(), []);
});

test('a lane in silence stays where it is while its webhook is off', async () => {
  const it = await startDelivering({ receiver: { answer: () => 'reset' } });
  const eventId = await it.record(1);
  await until(() => it.clock.timersInMs.some((ms) => ms > 2600 && ms < 3400));
  it.setWebhook({ id: 1, isActive: false });
  await it.scheduler.webhookChanged(1);
  it.receiver.answerWith(() => 200);
  it.setWebhook({ id: 2 });
  it.clock.advance(60_000);
  await it.record(7, { webhookId: 2 });
  await it.receiver.received(2);
  assert.equal(it.receiver.requests.at(-1)?.path.endsWith('/2'), true, 'nothing else came meanwhile');
  it.setWebhook({ id: 1 });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.deepEqual(
    it.receiver.requests
      .filter(({ path }) => path.endsWith('/1'))
      .map((request) => [request.eventId, request.attempt]),
    [
      [eventId, 1],
      [eventId, 2],
    ],
  );
});

for (const [what, reason] of [
  ['cleared', 'webhook_cleared'],
  ['deleted', 'webhook_deleted'],
] as const) {
  test(`when a webhook is ${what}, its sockets are cut, its timers end and all that waits is dropped`, async () => {
    const it = await startDelivering({
      receiver: { answer: ({ body }) => (body?.data['lane'] === 1 ? 'hang' : 'reset') },
      limits: { lanesInMemory: 3 },
    });
    for (let seq = 0; seq < 600; seq++) await it.record(seq % 5);
    await until(() =>
      it.receiver.requests.some(({ body, closedAt }) => body?.data['lane'] === 1 && closedAt === null),
    );
    if (what === 'cleared') it.setWebhook({ id: 1, url: null });
    else it.removeWebhook(1);
    await it.scheduler.webhookChanged(1);
    await it.settled();
    await until(() => it.receiver.requests.every(({ closedAt }) => closedAt !== null));
    assert.deepEqual(
      new Set((await it.deliveries()).map((delivery) => `${delivery.state} ${delivery.reason}`)),
      new Set([`dropped ${reason}`]),
    );
    const before = it.receiver.requests.length;
    it.setWebhook({ id: 2 });
    it.clock.advance(60_000);
    await it.record(7, { webhookId: 2 });
    await it.receiver.received(before + 1);
    assert.equal(it.receiver.requests.at(-1)?.path.endsWith('/2'), true, 'nothing else came meanwhile');
    assert.match(it.logged.join(), /deliveries were dropped/);
  });
}

test('however often a subscription changes, each delivery ends, and what was recorded last is sent', async () => {
  const it = await startDelivering();
  for (let change = 0; change < 200; change++) {
    it.setWebhook({ id: 1, events: change % 2 === 0 ? ['message'] : ['message_ack'] });
    void it.scheduler.webhookChanged(1);
    void it.record(change % 3, { name: change % 4 < 2 ? 'message' : 'message_ack' });
    if (change % 10 === 0) await turns();
  }
  it.setWebhook({ id: 1, events: ['message', 'message_ack'] });
  await it.scheduler.webhookChanged(1);
  const last = await it.record(1);
  await it.settled();
  assert.ok(it.receiver.requests.some(({ eventId }) => eventId === last));
  const delivered = (await it.deliveries())
    .filter(({ state }) => state === 'delivered')
    .map(({ event }) => event.id);
  const arrived = new Set(it.receiver.requests.map(({ eventId }) => eventId));
  assert.deepEqual(
    delivered.filter((id) => !arrived.has(id)),
    [],
  );
});
