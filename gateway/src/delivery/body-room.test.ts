import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DataError, StoreFailure } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { Settlement } from '../outbox/outbox-store.ts';
import { turns, until } from '../testing/until.ts';
import { defaultOptions, type WebhookOptions } from '../webhooks/webhook.ts';
import { startDelivering, type Delivering, type DeliveringOptions } from './testing/delivering.ts';
import { startReceiver, type Answer, type ReceivedRequest, type Receiver } from './testing/receiver.ts';
import { ScriptedMedia, picture } from './testing/scripted-media.ts';

const data = { padding: 'x'.repeat(90_000) };
const inline: WebhookOptions = { ...defaultOptions, media: { inline: true, bytesMax: 100_000 } };
/** One host has room for two of these bodies, and for one after a silence; all of them for four, and for two. */
const limits = { bodyRoomBytes: 400_000 };
const roomForOne = { bodyRoomBytes: 200_000 };

test('a host has room for so many large bodies; their lanes wait in order and without a turn, small ones pass', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits: { ...limits, lanesAtOnce: 3 }, receiver: answers });
  for (const lane of [1, 2, 3, 4, 1]) await it.record(lane, { data });
  await untilForRoom(it, 2);
  for (const lane of [5, 6, 7]) await it.record(lane);
  await it.receiver.received(5);
  assert.deepEqual(lanesOf(it.receiver), ['1', '2', '5', '6', '7']);
  for (const [count, answered] of [1, 2, 3, 4, 1].entries()) {
    await answers.give(String(answered));
    await it.receiver.received(Math.min(8, 6 + count));
  }
  await it.settled();
  assert.deepEqual(lanesOf(it.receiver).slice(5), ['3', '4', '1']);
  assert.deepEqual(it.broken(), []);
});

test('the wait for room is neither the ten seconds of the file nor the deadline of the receiver', async () => {
  const media = new ScriptedMedia();
  let isAway = true;
  const it = await startDelivering({
    limits,
    fetchMedia: media.fetch,
    receiver: { answer: () => (isAway ? 'hang' : 200) },
  });
  it.setWebhook({ id: 1, options: inline });
  for (const lane of [1, 2, 3]) {
    await it.record(lane, { data: picture(60_000) });
    (await media.call(lane)).give('x'.repeat(60_000));
    if (lane < 3) await it.receiver.received(lane);
  }
  await untilForRoom(it, 1);
  await it.pass(29_000);
  assert.equal(it.receiver.requests.length, 2);
  isAway = false;
  await it.pass(1000);
  await it.receiver.received(3);
  const third = it.receiver.requests[2];
  assert.deepEqual([third?.lane, third?.attempt], ['/hook/1 1 3', 1]);
  assert.ok(third?.body?.data['media']);
  await passUntilSettled(it);
  assert.deepEqual(
    (await it.deliveries()).map(({ attempts }) => attempts),
    [2, 2, 1],
  );
  assert.deepEqual(it.broken(), []);
});

test('hosts that hang take turns with the others, and once they are known to hang only their own room', async () => {
  const it = await startDelivering({ limits, receiver: { answer: () => 'hang' } });
  const [alsoAway, there] = [await receiver('hang'), await receiver(200)];
  it.setWebhook({ id: 2, url: alsoAway.url });
  it.setWebhook({ id: 3, url: there.url });
  for (const webhookId of [1, 2]) {
    for (let lane = 1; lane <= 6; lane++) await it.record(lane, { webhookId, data });
    await untilForRoom(it, 4 * webhookId);
  }
  await it.record(1, { webhookId: 3, data });
  await untilForRoom(it, 9);
  await it.record(2, { webhookId: 3 });
  await there.received(1);
  assert.equal(it.scheduler.state().lanesForRoom, 9);
  it.clock.advance(30_000);
  await there.received(2);
  assert.deepEqual(lanesOf(there), ['2', '1']);

  // Once each of their chats has had its first silence, and so no room but theirs.
  const open = () => [it.receiver, alsoAway, there].flatMap(({ requests }) => requests).filter(isOpen);
  const firstSilences = () =>
    [it.receiver, alsoAway]
      .flatMap(({ requests }) => requests)
      .filter((request) => request.attempt === 1 && !isOpen(request));
  while (firstSilences().length < 12) {
    await until(() => it.scheduler.state().lanesInTurn === open().length);
    it.clock.advance(1000);
    await turns();
  }
  assert.equal(it.scheduler.state().closedGates, 2);
  for (let lane = 1; lane <= 4; lane++) await it.record(lane, { webhookId: 3, data });
  await there.received(6);
});

test('chats after a silence and the others of their webhook wait only for those of their kind', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits, receiver: { answer: () => 'reset' } });
  for (const lane of [1, 2]) await it.record(lane, { data });
  await it.receiver.received(2);
  it.receiver.answerWith(answers.answer);
  await it.pass(4000);
  await untilForRoom(it, 1);
  const [first = '', second = ''] = lanesOf(it.receiver)[2] === '1' ? ['1', '2'] : ['2', '1'];

  for (const lane of [3, 4, 5]) await it.record(lane, { data });
  for (const lane of ['3', '4']) await answers.open(lane);
  await untilForRoom(it, 2);
  await answers.give(first);
  for (const lane of [second, '3', '4', '5']) await answers.give(lane);
  await it.settled();
  assert.deepEqual(lanesOf(it.receiver).slice(2).toSorted(), ['1', '2', '3', '4', '5']);
  assert.deepEqual(it.broken(), []);
});

test('webhooks on one host take turns, however many lanes each has', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits: roomForOne, receiver: answers });
  it.setWebhook({ id: 2 });
  for (let lane = 1; lane <= 5; lane++) await it.record(lane, { data });
  await untilForRoom(it, 4);
  for (const lane of [11, 12]) await it.record(lane, { webhookId: 2, data });
  await untilForRoom(it, 6);
  for (const lane of ['1', '2', '11', '3', '12', '4', '5']) await answers.give(lane);
  await it.settled();
  assert.deepEqual(it.broken(), []);
});

test('what is larger than all the room goes alone', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits: { bodyRoomBytes: 80_000 }, receiver: answers });
  for (const lane of [1, 2, 3]) await it.record(lane, { data });
  await untilForRoom(it, 2);
  for (const lane of ['1', '2', '3']) {
    await answers.give(lane);
    assert.equal(answers.openMax, 1);
  }
  await it.settled();
});

test('a file counts as large as it is, not as its sender says', async () => {
  const media = new ScriptedMedia();
  const answers = new Answers();
  const it = await startDelivering({ limits: roomForOne, fetchMedia: media.fetch, receiver: answers });
  it.setWebhook({ id: 1, options: inline });
  for (const lane of [1, 2]) {
    await it.record(lane, { data: picture(3) });
    (await media.call(lane)).give('x'.repeat(60_000));
  }
  await untilForRoom(it, 1);
  assert.equal(it.scheduler.state().lanesInTurn, 1);
  await it.receiver.received(1);
  it.receiver.answerWith(() => 200);
  answers.giveAll();
  await it.settled();
});

for (const [what, change] of [
  ['removed', (it: Delivering) => it.removeWebhook(1)],
  ['cleared', (it: Delivering) => it.setWebhook({ id: 1, url: null })],
  ['unsubscribed', (it: Delivering) => it.setWebhook({ id: 1, events: ['message_ack'] })],
] as const) {
  test(`a webhook that is ${what} while its lanes wait for room drops what waits, and leaves the room to others`, async () => {
    const answers = new Answers();
    const it = await startDelivering({ limits: roomForOne, receiver: answers });
    it.setWebhook({ id: 2 });
    for (const lane of [1, 2, 3]) await it.record(lane, { data });
    await untilForRoom(it, 2);
    await it.record(4, { webhookId: 2, data });
    await untilForRoom(it, 3);
    change(it);
    await it.scheduler.webhookChanged(1);
    await untilForRoom(it, what === 'unsubscribed' ? 1 : 0);
    if (what === 'unsubscribed') await answers.give('1');
    await answers.give('4');
    await it.settled();
    assert.deepEqual(
      (await it.deliveries()).slice(1, 3).map(({ state, attempts }) => `${state} ${attempts}`),
      ['dropped 0', 'dropped 0'],
    );
    assert.deepEqual([it.receiver.requests.length, it.scheduler.state().lanesForRoom], [2, 0]);
  });
}

test('a webhook that is switched off leaves room to others that it had and could not use yet', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits: roomForOne, receiver: answers });
  const options = { ...defaultOptions, ratePerSecond: 1 };
  it.setWebhook({ id: 2, options });
  it.setWebhook({ id: 3 });
  await it.record(1, { data });
  await answers.open('1');
  await it.record(2, { webhookId: 2, data });
  await untilForRoom(it, 1);
  await it.record(20, { webhookId: 2 });
  await it.receiver.received(2);
  await it.record(3, { webhookId: 3, data });
  await untilForRoom(it, 2);
  await answers.give('1');
  await until(() => it.scheduler.state().lanesInTurn === 0);
  await it.record(30, { webhookId: 3 });
  await it.receiver.received(3);
  assert.deepEqual([lanesOf(it.receiver), it.scheduler.state().lanesForRoom], [['1', '20', '30'], 2]);
  it.setWebhook({ id: 2, options, isActive: false });
  await it.scheduler.webhookChanged(2);
  await answers.give('3');
  it.setWebhook({ id: 2, options });
  await it.scheduler.webhookChanged(2);
  it.clock.advance(1000);
  await answers.give('2');
  await it.settled();
  assert.deepEqual(it.broken(), []);
});

test('a lane that has room has the next turn of its webhook, before those that were ready earlier', async () => {
  const answers = new Answers();
  const it = await startDelivering({ limits: roomForOne, receiver: answers });
  it.setWebhook({ id: 2, options: { ...defaultOptions, ratePerSecond: 1 } });
  await it.record(1, { data });
  await answers.open('1');
  await it.record(2, { webhookId: 2, data });
  await untilForRoom(it, 1);
  for (const lane of [20, 21, 22]) await it.record(lane, { webhookId: 2 });
  await it.receiver.received(2);
  await answers.give('1');
  await until(() => it.scheduler.state().lanesInTurn === 0);
  it.clock.advance(1000);
  await answers.give('2');
  await passUntilSettled(it);
  assert.deepEqual(lanesOf(it.receiver), ['1', '20', '2', '21', '22']);
});

test('a stop does not wait for those that wait for room; the next start delivers them in order', async () => {
  const it = await startDelivering({ limits: roomForOne, receiver: { answer: () => 'hang' } });
  for (const lane of [1, 2, 2, 3]) await it.record(lane, { data });
  await it.receiver.received(1);
  await untilForRoom(it, 2);
  it.receiver.answerWith(() => 200);
  const restarted = it.restart();
  it.clock.advance(10_000);
  const again = await restarted;
  assert.equal(it.receiver.requests.length, 1);
  await passUntilSettled(again);
  assert.deepEqual(again.broken(), []);
});

const failures: readonly (readonly [string, DeliveringOptions, (it: Delivering) => unknown])[] = [
  ['a cut connection', { receiver: answering('reset') }, (it) => it.passGap()],
  ['what is no HTTP', { receiver: answering('garbage') }, (it) => it.passGap()],
  ['a URL that cannot be called', { receiver: answering(200) }, () => undefined],
  [
    'a body that the store cannot read',
    {
      wrapStore: (store) => ({
        ...store,
        ownBody: failingOnce(
          (id: number) => store.ownBody(id),
          () => new DataError('damaged'),
        ),
      }),
    },
    () => undefined,
  ],
  [
    'a store that is away when the body is read',
    {
      wrapStore: (store) => ({
        ...store,
        ownBody: failingOnce(
          (id: number) => store.ownBody(id),
          () => new StoreFailure('away'),
        ),
      }),
    },
    async (it) => {
      await until(() => it.logged.some((line) => line.includes('the store fails')));
      it.clock.advance(1000);
    },
  ],
  [
    'a result that the store does not take',
    {
      wrapStore: (store) => ({
        ...store,
        settle: failingOnce(
          (end: Settlement) => store.settle(end),
          () => new DataError('damaged'),
        ),
      }),
    },
    () => undefined,
  ],
  [
    'a body that is gone',
    { wrapStore: (store) => ({ ...store, ownBody: nothingOnce((id: number) => store.ownBody(id)) }) },
    () => undefined,
  ],
];

for (const [what, options, goOn] of failures) {
  test(`room is given back after ${what}`, async () => {
    const media = new ScriptedMedia();
    const inAllForOne = { bodyRoomBytes: 160_000 };
    const it = await startDelivering({ ...options, limits: inAllForOne, fetchMedia: media.fetch });
    it.setWebhook({ id: 1, options: inline, ...(what.includes('URL') ? { url: 'ftp://none.test/1' } : {}) });
    it.setWebhook({ id: 2, options: inline });
    await it.record(1, { data: picture(60_000) });
    (await media.call(1)).give('x'.repeat(60_000));
    await until(async () => (await it.db.all(sql`select 1 from delivery_bodies`)).length === 1);
    await it.record(2, { webhookId: 2, data: picture(60_000) });
    (await media.call(2)).give('x'.repeat(60_000));
    const isOtherSettled = () =>
      it.db.all(sql`select 1 from deliveries where webhook_id = 2 and state = 'delivered'`);
    await goOn(it);
    await until(async () => (await isOtherSettled()).length === 1);
    assert.equal(it.scheduler.state().lanesForRoom, 0);
  });
}

test('lanes with large bodies rest and are tried while their receiver is away, and go on in order when it is back', async () => {
  const it = await startDelivering({ limits: { ...roomForOne, keepers: 2 }, receiver: answering('close') });
  it.receiver.answerWith(() => 'close');
  for (let lane = 1; lane <= 8; lane++) {
    await it.record(lane, { data });
    await it.record(lane);
  }
  await it.pass(60_000);
  assert.equal(it.scheduler.state().closedGates, 1);
  assert.equal(new Set(it.receiver.requests.map(({ lane }) => lane)).size, 8);
  it.receiver.answerWith(() => 200);
  await passUntilSettled(it);
  assert.deepEqual(it.broken(), []);
});

/** Answers large requests when a test says so, and others at once. */
class Answers {
  openMax = 0;
  readonly #open = new Map<string, (answer: Answer) => void>();

  readonly answer = ({ body, bytes }: ReceivedRequest): Answer | Promise<Answer> => {
    if (bytes.length < 70_000) return 200;
    return new Promise((resolve) => {
      this.#open.set(String(body?.data['lane']), resolve);
      this.openMax = Math.max(this.openMax, this.#open.size);
    });
  };

  /** Resolves once the request of a lane is there. */
  open(lane: string): Promise<void> {
    return until(() => this.#open.has(lane), { state: () => [...this.#open.keys()] });
  }

  /** Answers the request of a lane, once it is there. */
  async give(lane: string): Promise<void> {
    await this.open(lane);
    this.#open.get(lane)?.(200);
    this.#open.delete(lane);
  }

  giveAll(): void {
    this.#open.forEach((answer) => answer(200));
  }
}

/** The first request is answered so, the others with 200. */
function answering(first: Answer) {
  let isFirst = true;
  return {
    answer() {
      const answer = isFirst ? first : 200;
      isFirst = false;
      return answer;
    },
  };
}

function failingOnce<Given extends unknown[], T>(ask: (...given: Given) => Promise<T>, error: () => Error) {
  let hasFailed = false;
  return async (...given: Given): Promise<T> => {
    if (hasFailed) return ask(...given);
    hasFailed = true;
    throw error();
  };
}

function nothingOnce<Given extends unknown[], T>(ask: (...given: Given) => Promise<T | null>) {
  let isFirst = true;
  return async (...given: Given): Promise<T | null> => {
    if (!isFirst) return ask(...given);
    isFirst = false;
    return null;
  };
}

async function receiver(answer: Answer) {
  const started = await startReceiver({ answer: () => answer });
  after(() => started.close());
  return started;
}

/** Resolves once so many lanes wait for room, and those that have it wait for the receiver. */
function untilForRoom(it: Delivering, count: number): Promise<void> {
  return until(() => it.scheduler.state().lanesForRoom === count, { state: () => it.scheduler.state() });
}

/** The chats that the requests are about, in order. */
function lanesOf({ requests }: Receiver): string[] {
  return requests.map(({ body }) => String(body?.data['lane']));
}

function isOpen({ closedAt }: ReceivedRequest): boolean {
  return closedAt === null;
}

async function passUntilSettled(it: Delivering): Promise<void> {
  let isSettled = false;
  const settled = it.settled().then(() => (isSettled = true));
  while (!isSettled) await it.pass(1000);
  await settled;
}
