import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { getDelivery } from '../outbox/list-deliveries.ts';
import { defaultOptions, type WebhookOptions } from '../webhooks/webhook.ts';
import { until } from '../testing/until.ts';
import { startDelivering, type Delivering, type DeliveringOptions } from './testing/delivering.ts';
import { ScriptedMedia, picture } from './testing/scripted-media.ts';

const inline: WebhookOptions = { ...defaultOptions, media: { inline: true, bytesMax: 100_000 } };
const large: WebhookOptions = { ...inline, media: { inline: true, bytesMax: 16 * 1024 ** 2 } };

test('a webhook that wants files gets them in the body, and the log shows the body that was sent', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  const call = await media.call(1);
  assert.deepEqual([call.instanceId, call.message.hasMedia, call.maxBytes > 3], [1, true, true]);
  call.give('abc');
  await it.settled();
  const [request] = it.receiver.requests;
  assert.deepEqual(request?.body?.data['media'], {
    mimetype: 'image/jpeg',
    data: Buffer.from('abc').toString('base64'),
    filesize: 3,
  });
  const [delivery] = await it.deliveries();
  const logged = await getDelivery(it.db, 1, delivery?.id ?? 0);
  assert.deepEqual(Buffer.from(logged?.body ?? []), request.bytes);
  assert.equal(logged?.delivery.bodyBytes, request.bytes.length);
});

test('while a file is awaited its own lane waits, and nobody else: other chats, other webhooks, all places', async () => {
  const { it, media } = await start({ limits: { lanesAtOnce: 2 } });
  it.setWebhook({ id: 2 });
  for (const lane of [1, 2, 3]) await it.record(lane, { webhookId: [1, 2], data: picture(3) });
  await it.record(1);
  await it.record(4);
  await it.receiver.received(4);
  await media.call(3);
  await until(() => it.scheduler.state().lanesInTurn === 0);
  assert.deepEqual(
    it.receiver.requests
      .map(({ lane, body }) => `${lane} ${JSON.stringify(body?.data['media'] ?? null)}`)
      .toSorted(),
    ['/hook/1 1 4 null', '/hook/2 1 1 null', '/hook/2 1 2 null', '/hook/2 1 3 null'],
  );
  (await media.call(2)).give('abc');
  await it.receiver.received(5);
  for (const number of [1, 3]) (await media.call(number)).give('abc');
  await it.settled();
  assert.deepEqual(it.broken(), []);
});

test('lanes that wait for files take no place in memory from those that do not', async () => {
  const { it, media } = await start({ limits: { lanesInMemory: 3 } });
  for (const lane of [1, 2, 3]) await it.record(lane, { data: picture(3) });
  await media.call(3);
  for (const lane of [4, 5, 6, 7]) await it.record(lane);
  await it.receiver.received(4);
  for (const number of [1, 2, 3]) (await media.call(number)).give('abc');
  await it.settled();
  assert.deepEqual(it.broken(), []);
});

test('after ten seconds it goes without, and the download is given up; the lane is in order', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  await it.record(1);
  const { signal } = await media.call(1);
  await it.pass(9999);
  assert.deepEqual([it.receiver.requests.length, signal.aborted], [0, false]);
  it.clock.advance(1);
  await it.settled();
  assert.equal(signal.aborted, true);
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => body?.data['media']),
    [null, undefined],
  );
  assert.deepEqual(it.broken(), []);
});

test('a file that cannot be had, or is larger than it was said to be, holds up nothing', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  (await media.call(1)).fail();
  await it.settled();
  await it.record(1, { data: picture(3) });
  (await media.call(2)).give('x'.repeat(80_000));
  await it.settled();
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => body?.data['media']),
    [null, null],
  );
  assert.match(it.logged.join(), /a file could not be had/);
});

test('what is too large, has no size or no file is sent at once, with null', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(75_000) });
  await it.record(1, { data: picture(undefined) });
  await it.record(1, { data: { message: { hasMedia: false, _data: {} }, media: null } });
  await it.settled();
  assert.equal(media.calls.length, 0);
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => body?.data['media']),
    [null, null, null],
  );
});

test('the body is the same bytes in each attempt, and no file is fetched twice for it', async () => {
  const { it, media } = await start({ receiver: { answer: ({ attempt }) => (attempt < 4 ? 'reset' : 200) } });
  await it.record(1, { data: picture(3) });
  (await media.call(1)).give('abc');
  for (let silence = 1; silence <= 3; silence++) await it.passGap();
  await it.settled();
  assert.deepEqual([it.receiver.requests.length, media.calls.length], [4, 1]);
  assert.ok(it.receiver.requests[0]?.body?.data['media']);
  assert.deepEqual(it.broken(), []);
});

test('a delivery that went without goes without in all attempts, also when the file could be had by then', async () => {
  const { it, media } = await start({ receiver: { answer: ({ attempt }) => (attempt < 3 ? 'reset' : 200) } });
  await it.record(1, { data: picture(3) });
  (await media.call(1)).fail();
  await it.passGap();
  const again = await it.restart();
  await advanceUntilSettled(again);
  assert.equal(media.calls.length, 1);
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => body?.data['media']),
    [null, null, null],
  );
  assert.deepEqual(it.broken(), []);
});

test('after a crash between the freezing of a body and its first attempt, that body is sent', async () => {
  const frozen = Promise.withResolvers<void>();
  const { it, media } = await start({
    wrapStore: (store) => ({
      ...store,
      async freeze(...given) {
        await store.freeze(...given);
        frozen.resolve();
        // Its caller never hears of it.
        await new Promise(() => {});
      },
    }),
  });
  await it.record(1, { data: picture(3) });
  (await media.call(1)).give('abc');
  await frozen.promise;
  assert.equal(it.receiver.requests.length, 0);
  const stopped = it.restart();
  it.clock.advance(60_000);
  const again = await stopped;
  await advanceUntilSettled(again);
  assert.equal(media.calls.length, 1);
  assert.deepEqual(dataOf(it), ['abc']);
});

test('after a restart while a file is awaited it is fetched anew, for at most ten seconds more', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  await media.call(1);
  await it.pass(8000);
  const again = await it.restart();
  assert.equal(media.calls[0]?.signal.aborted, true);
  await again.pass(3000);
  await media.call(2);
  await again.pass(6000);
  assert.equal(it.receiver.requests.length, 0);
  (await media.call(2)).give('abc');
  await again.settled();
  assert.deepEqual(dataOf(it), ['abc']);
});

test('the fetch begins when the event is recorded: a lane that is busy finds its file there', async () => {
  const answers: (() => void)[] = [];
  const { it, media } = await start({
    receiver: { answer: () => new Promise((resolve) => answers.push(() => resolve(200))) },
  });
  await it.record(1);
  await it.receiver.received(1);
  await it.record(1, { data: picture(3) });
  (await media.call(1)).give('abc');
  await until(() => media.calls[0]?.signal.aborted === true);
  it.receiver.answerWith(() => 200);
  answers[0]?.();
  await it.settled();
  assert.equal(media.calls.length, 1);
  assert.deepEqual(dataOf(it), [undefined, 'abc']);
});

test('what failed before its turn came is tried again when it comes', async () => {
  const answers: (() => void)[] = [];
  const { it, media } = await start({
    receiver: { answer: () => new Promise((resolve) => answers.push(() => resolve(200))) },
  });
  await it.record(1);
  await it.receiver.received(1);
  await it.record(1, { data: picture(3) });
  (await media.call(1)).fail();
  await until(() => media.calls[0]?.signal.aborted === true);
  it.receiver.answerWith(() => 200);
  answers[0]?.();
  (await media.call(2)).give('abc');
  await it.settled();
  assert.deepEqual(dataOf(it), [undefined, 'abc']);
});

for (const [what, change, state] of [
  ['removed', (it: Delivering) => it.removeWebhook(1), 'dropped webhook_deleted'],
  ['cleared', (it: Delivering) => it.setWebhook({ id: 1, url: null }), 'dropped webhook_cleared'],
  [
    'unsubscribed',
    (it: Delivering) => it.setWebhook({ id: 1, events: ['message_ack'] }),
    'dropped unsubscribed',
  ],
] as const) {
  test(`when the webhook is ${what} while a file is awaited, the download ends and what waits is dropped`, async () => {
    const { it, media } = await start();
    await it.record(1, { data: picture(3) });
    const { signal } = await media.call(1);
    change(it);
    await it.scheduler.webhookChanged(1);
    await it.settled();
    assert.equal(signal.aborted, true);
    const [delivery] = await it.deliveries();
    assert.equal(`${delivery?.state} ${delivery?.reason}`, state);
    assert.equal(it.receiver.requests.length, 0);
    await until(() => it.scheduler.state().lanesInTurn === 0);
    it.setWebhook({ id: 1 });
    await it.record(1);
    await it.receiver.received(1);
  });
}

test('while the webhook is off nothing is downloaded; on again, the file is fetched anew', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  const first = await media.call(1);
  it.setWebhook({ id: 1, options: inline, isActive: false });
  await it.scheduler.webhookChanged(1);
  assert.equal(first.signal.aborted, true);
  await it.record(2, { data: picture(3) });
  await it.pass(60_000);
  assert.deepEqual([media.calls.length, it.receiver.requests.length], [1, 0]);
  it.setWebhook({ id: 1, options: inline });
  await it.scheduler.webhookChanged(1);
  for (const number of [2, 3]) (await media.call(number)).give('abc');
  await it.settled();
  assert.deepEqual(dataOf(it), ['abc', 'abc']);
});

test('when files are switched off while one is awaited, its event goes without at once', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  const { signal } = await media.call(1);
  it.setWebhook({ id: 1 });
  await it.scheduler.webhookChanged(1);
  await it.settled();
  assert.equal(signal.aborted, true);
  assert.deepEqual(dataOf(it), [undefined]);
});

test('a delivery that was dropped in the store while its file was awaited is not sent; its lane goes on', async () => {
  const { it, media } = await start();
  await it.record(1, { data: picture(3) });
  const call = await media.call(1);
  await it.db.commit([
    sql`update deliveries set state = 'dropped', reason = 'quota_reached', settled_at = 1`,
  ]);
  it.scheduler.reload(1);
  await it.record(1);
  call.give('abc');
  await it.settled();
  assert.deepEqual(
    it.receiver.requests.map(({ body }) => 'media' in (body?.data ?? {})),
    [false],
  );
});

test('while the store fails no body is frozen and nothing is sent; when it is back the file goes along', async () => {
  let isDown = true;
  let tries = 0;
  const { it, media } = await start({
    wrapStore: (store) => ({
      ...store,
      async freeze(...given) {
        tries++;
        if (isDown) throw new StoreFailure('disk full');
        return store.freeze(...given);
      },
    }),
  });
  await it.record(1, { data: picture(3) });
  (await media.call(1)).give('abc');
  await until(() => tries === 1);
  await it.record(2);
  it.clock.advance(1000);
  await until(() => tries === 2);
  assert.equal(it.receiver.requests.length, 0);
  isDown = false;
  it.clock.advance(1000);
  await it.settled();
  assert.deepEqual(new Set(dataOf(it)), new Set(['abc', undefined]));
  assert.deepEqual(it.broken(), []);
});

test('what is sent once more gets its file anew, as the webhook wants it now; what has none goes at once', async () => {
  const { it, media } = await start({ receiver: { answer: () => 413 } });
  await it.record(1, { data: picture(3) });
  await it.record(1, { data: { message: { hasMedia: false, _data: {} }, media: null } });
  (await media.call(1)).give('abc');
  await it.settled();
  it.receiver.answerWith(() => 200);
  await it.db.commit([
    sql`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at, body_bytes, media)
      select 1, 1, -2, event_id, 'pending', 0, 1, 1, 'wanted' from deliveries order by id`,
  ]);
  it.scheduler.lookAgain([1]);
  (await media.call(2)).give('abc');
  await it.settled();
  assert.deepEqual(dataOf(it), ['abc', undefined, 'abc', undefined]);
  assert.deepEqual(it.receiver.requests[2]?.bytes, it.receiver.requests[0]?.bytes);
  assert.equal(media.calls.length, 2);
});

test('large files wait for room to be fetched, small ones pass them, webhooks take turns', async () => {
  const { it, media } = await start();
  for (const id of [1, 2]) it.setWebhook({ id, options: large });
  for (let lane = 1; lane <= 4; lane++) await it.record(lane, { data: picture(11_000_000) });
  await it.record(5, { webhookId: 2, data: picture(11_000_000) });
  await media.call(2);
  await it.record(6, { data: picture(3) });
  await it.record(7);
  await it.receiver.received(1);
  (await media.call(3)).give('small');
  await it.receiver.received(2);
  assert.deepEqual(
    media.calls.map(({ message }) => message._data.size),
    [11_000_000, 11_000_000, 3],
  );
  await it.pass(3000);
  (await media.call(1)).give('first');
  (await media.call(4)).give('other');
  await it.pass(3000);
  (await media.call(5)).give('third');
  await it.pass(3000);
  (await media.call(6)).give('last');
  await it.pass(1000);
  await it.settled();
  const ofOther = it.receiver.requests.findIndex(({ path }) => path === '/hook/2');
  assert.equal(dataOf(it)[ofOther], 'other');
  assert.deepEqual(new Set(dataOf(it)), new Set(['small', 'first', 'other', 'third', 'last', undefined]));
  assert.deepEqual(it.broken(), []);
});

test('a wait for room is part of the ten seconds', async () => {
  const { it, media } = await start();
  it.setWebhook({ id: 1, options: large });
  for (let lane = 1; lane <= 20; lane++) await it.record(lane, { data: picture(11_000_000) });
  await it.pass(9999);
  assert.equal(media.calls.length, 2);
  assert.equal(it.receiver.requests.length, 0);
  await it.pass(1);
  await it.settled();
  assert.deepEqual(new Set(dataOf(it)), new Set([undefined]));
  assert.equal(it.receiver.requests.length, 20);
});

test('a file that turns out to be larger than it was said to be takes its room until its body is stored', async () => {
  const stored: (() => void)[] = [];
  const { it, media } = await start({
    wrapStore: (store) => ({
      ...store,
      async freeze(...given) {
        await new Promise<void>((resolve) => stored.push(resolve));
        return store.freeze(...given);
      },
    }),
  });
  it.setWebhook({ id: 1, options: large });
  await it.record(1, { data: picture(100_000) });
  (await media.call(1)).give('x'.repeat(12_000_000));
  await until(() => stored.length === 1);
  for (const lane of [2, 3]) await it.record(lane, { data: picture(11_000_000) });
  await media.call(2);
  await it.quiet();
  assert.equal(media.calls.length, 2);
  stored[0]?.();
  await media.call(3);
});

test('a body of its own that is gone parks its delivery, and stops nobody else', async () => {
  const { it, media } = await start({ receiver: { answer: ({ attempt }) => (attempt < 2 ? 'reset' : 200) } });
  await it.record(1, { data: picture(3) });
  (await media.call(1)).give('abc');
  await it.receiver.received(1);
  await it.db.commit([sql`delete from delivery_bodies`]);
  await it.passGap();
  it.receiver.answerWith(() => 200);
  await it.record(1);
  await it.record(2);
  await it.settled();
  assert.deepEqual(
    (await it.deliveries()).map(({ state, reason }) => `${state} ${reason}`),
    ['parked body_gone', 'delivered null', 'delivered null'],
  );
});

test('a wait for a file costs nothing of the rate, also when the store had what waits', async () => {
  const { it, media } = await start({ isStarted: false });
  it.setWebhook({ id: 1, options: { ...inline, ratePerSecond: 1 } });
  for (let number = 1; number <= 5; number++) await it.record(1, { data: picture(3), isSilent: true });
  await it.scheduler.start();
  const sentAt: number[] = [];
  for (let number = 1; number <= 5; number++) {
    const isAsked = media.call(number).then((call) => call.give('abc'));
    while (it.receiver.requests.length < number) await it.pass(100);
    await isAsked;
    sentAt.push(it.clock.monotonic());
  }
  const gaps = sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? 0));
  assert.deepEqual(
    gaps.filter((ms) => ms < 900 || ms > 1100),
    [],
  );
});

async function start(options: DeliveringOptions = {}) {
  const media = new ScriptedMedia();
  const it = await startDelivering({ ...options, fetchMedia: media.fetch });
  it.setWebhook({ id: 1, options: inline });
  return { it, media };
}

/** The files that came, as text, in the order of the requests. */
function dataOf(it: Delivering): (string | undefined)[] {
  return it.receiver.requests.map(({ body }) => {
    const { data } = (body?.data['media'] ?? {}) as { data?: string };
    return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
  });
}

async function advanceUntilSettled(it: Delivering): Promise<void> {
  let isSettled = false;
  const settled = it.settled().then(() => (isSettled = true));
  while (!isSettled) await it.pass(1000);
  await settled;
}
