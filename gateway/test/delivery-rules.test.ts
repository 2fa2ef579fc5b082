import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startRawServer } from '../src/delivery/testing/raw-server.ts';
import {
  brokenPromises,
  startReceiver,
  type Answer,
  type ReceivedRequest,
} from '../src/delivery/testing/receiver.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const clock = new LeapingClock();
const world = await startWorld({ clock });
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop' });
const instance = await world.link(shop, ['message']);

/** Every class of status, and what becomes of the delivery. */
const responses = [
  { status: '200 OK', state: 'delivered' },
  { status: '202 Accepted', state: 'delivered' },
  { status: '204 No Content', state: 'delivered' },
  { status: '299 Odd', state: 'delivered' },
  { status: '301 Moved Permanently', state: 'rejected' },
  { status: '302 Found', state: 'rejected' },
  { status: '307 Temporary Redirect', state: 'rejected' },
  { status: '308 Permanent Redirect', state: 'rejected' },
  { status: '400 Bad Request', state: 'rejected' },
  { status: '404 Not Found', state: 'rejected' },
  { status: '413 Content Too Large', state: 'rejected' },
  { status: '429 Too Many Requests', state: 'rejected' },
  { status: '500 Internal Server Error', state: 'rejected' },
  { status: '503 Service Unavailable', state: 'rejected' },
] as const;

test('any response ends a delivery: none is resent, no redirect is followed', async () => {
  const target = await startReceiver();
  const raw = await startRawServer(async ({ socket, ...connection }) => {
    for (;;) {
      const request = await connection.request();
      const [, status] = /"body":"(\d+ [\w ]+)"/.exec(request) ?? [];
      const more = `Location: ${target.url}\r\nRetry-After: 1\r\n`;
      const length = status?.startsWith('204') ? '' : 'Content-Length: 0\r\n';
      socket.write(`HTTP/1.1 ${status}\r\n${more}${length}\r\n`);
    }
  });
  after(() => Promise.all([raw.close(), target.close()]));
  const friend = simulator.addPhone({ name: 'Friend' });
  await instance.setWebhook({ url: raw.url });
  for (const { status } of responses) await friend.send(shop, status);
  await until(() => raw.requests.length === responses.length);
  // Nothing of it waits: time passes, and what comes next is the next message.
  clock.leap(60_000);
  await friend.send(shop, '200 at last');
  await until(async () => (await settled(instance)).length === responses.length + 1);
  assert.equal(raw.requests.length, responses.length + 1);
  assert.deepEqual(target.requests, []);
  const rows = await settled(instance);
  assert.deepEqual(
    rows
      .slice(0, -1)
      .map(({ state, attempts }) => [state, attempts.map(({ outcome, status }) => [outcome, status])]),
    responses.map(({ status, state }) => [state, [[state, Number.parseInt(status, 10)]]]),
  );
  await instance.setWebhook({ url: instance.hook });
});

test('silence of any kind is repeated about 3000 ms later, with the same bytes', async () => {
  // On the clock on the wall.
  const real = await startWorld({ simulator });
  const owner = simulator.addPhone({ name: 'Shop' });
  const number = await real.link(owner, ['message']);
  const down = await startReceiver();
  await down.close();
  const nobodys = simulator.addPhone({ name: 'Nobody' });
  const nobody = await real.link(nobodys);
  await nobody.setWebhook({ url: down.url, events: ['message'] });
  const kinds = ['reset', 'close'] as const;
  real.receiver.answerWith(({ attempt, body }) => (attempt === 1 ? (textOf(body) as Answer) : 200));

  for (const kind of kinds) await simulator.addPhone({ name: kind }).send(owner, kind);
  await simulator.addPhone({ name: 'refused' }).send(nobodys, 'refused');
  await until(async () => (await settled(number)).length === kinds.length);
  await until(async () => (await nobody.deliveries('message')).length === 1);
  for (const kind of kinds) {
    const [before, last] = await twoAttempts(number, kind);
    const gap = last.openedAt - (before.closedAt ?? Infinity);
    assert.ok(gap > 2600, `${kind}: ${gap} ms`);
  }
  const back = await startReceiver({ port: down.port });
  after(() => back.close());
  await back.received(1);
  assert.equal(textOf(back.requests[0]?.body ?? null), 'refused');
  await until(async () => (await nobody.deliveries('message'))[0]?.state === 'delivered');
  const [refused] = await nobody.deliveries('message');
  assert.deepEqual(
    refused?.attempts.map(({ outcome, reason }) => [outcome, reason]),
    [
      ['silence', 'refused'],
      ['delivered', null],
    ],
  );
});

test('a receiver that says nothing for 30 seconds has been silent too', async () => {
  const owner = simulator.addPhone({ name: 'Shop' });
  const number = await world.link(owner, ['message']);
  receiver.answerWith(({ attempt }) => (attempt === 1 ? 'hang' : 200));
  await simulator.addPhone({ name: 'hang' }).send(owner, 'hang');
  await receiver.until(() => number.requests('message').length === 1);
  await leapUntil(() => number.requests('message').length === 2);
  receiver.answerWith(() => 200);
  await until(async () => (await settled(number)).length === 1);
  await twoAttempts(number, 'hang');
});

test('it is repeated until there is a response, whatever that is, and for as long as it takes', async () => {
  const friend = simulator.addPhone({ name: 'Friend' });
  receiver.answerWith(() => 'close');
  await friend.send(shop, 'patience');
  await leapUntil(() => attemptsOf('patience').some(({ attempt }) => attempt >= 12));
  receiver.answerWith(() => 500);
  await leapUntil(async () => (await settled(instance)).some(({ attempts }) => attempts.length === 2));
  receiver.answerWith(() => 200);
  const row = (await settled(instance)).find(({ attempts }) => attempts.length === 2);
  const [silences, response] = row?.attempts ?? [];
  assert.equal(row?.state, 'rejected');
  assert.equal(silences?.outcome, 'silence');
  assert.equal(response?.number, (silences?.count ?? 0) + 1);
  const average = (silences.lastAt - silences.firstAt) / (silences.count - 1);
  // How much more it is is up to the machine. That it does not grow is seen where the clock stands still.
  assert.ok(average > 2700, `${average} ms from one to the next`);
  assert.equal(new Set(attemptsOf('patience').map(({ bytes }) => bytes.toString('hex'))).size, 1);
  await friend.send(shop, 'after it');
  await instance.message('after it');
});

test('a chat that waits for its response keeps its order, and other chats go on', async () => {
  const [slow, ...others] = Array.from({ length: 4 }, (_, at) => simulator.addPhone({ name: `Chat ${at}` }));
  receiver.answerWith(({ body }) => (textOf(body).startsWith('slow') ? 'close' : 200));
  for (let number = 0; number < 5; number++) {
    await slow!.send(shop, `slow ${number}`);
    for (const other of others) await other.send(shop, `${other.name}: ${number}`);
  }
  for (const other of others) await instance.message(`${other.name}: 4`);
  assert.deepEqual(new Set(instance.texts().filter((text) => text.startsWith('slow'))), new Set(['slow 0']));
  await leapUntil(() => attemptsOf('slow 0').some(({ attempt }) => attempt === 3));
  receiver.answerWith(() => 200);
  await leapUntil(() => instance.texts().includes('slow 4'));
  const arrived = [...new Set(instance.texts())];
  for (const start of ['slow ', ...others.map(({ name }) => `${name}: `)]) {
    assert.deepEqual(
      arrived.filter((text) => text.startsWith(start)),
      Array.from({ length: 5 }, (_, number) => `${start}${number}`),
    );
  }
});

test('what waits for a response goes on waiting through a restart, in order, with the same bytes', async () => {
  const friends = ['Eve', 'Frank'].map((name) => simulator.addPhone({ name }));
  receiver.answerWith(() => 'close');
  for (let number = 0; number < 4; number++) {
    for (const friend of friends) await friend.send(shop, `${friend.name} ${number}`);
  }
  await receiver.until(() => attemptsOf('Eve 0').length > 0 && attemptsOf('Frank 0').length > 0);
  await until(async () =>
    (await instance.deliveries('message')).slice(-8).every(({ state }) => state === 'pending'),
  );
  await world.stopGateway();
  const before = receiver.requests.length;
  await world.startGateway();
  await leapUntil(() => receiver.requests.length >= before + 2);
  receiver.answerWith(() => 200);
  await leapUntil(async () => (await instance.deliveries()).every(({ state }) => state !== 'pending'));
  const arrived = [...new Set(instance.texts())];
  for (const { name } of friends) {
    assert.deepEqual(
      arrived.filter((text) => text.startsWith(name)),
      [0, 1, 2, 3].map((number) => `${name} ${number}`),
    );
    const attempts = attemptsOf(`${name} 0`);
    assert.equal(new Set(attempts.map(({ bytes }) => bytes.toString('hex'))).size, 1);
    assert.equal(new Set(attempts.map(({ eventId }) => eventId)).size, 1);
    const numbers = [...new Set(attempts.map(({ attempt }) => attempt))];
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => at + 1),
      'attempts are counted on',
    );
  }
});

test('a receiver that is down holds up no other instance', async () => {
  const office = simulator.addPhone({ name: 'Office' });
  const other = await world.link(office, ['message']);
  receiver.answerWith(({ path }) => (path === instance.path ? 'hang' : 200));
  const friends = Array.from({ length: 20 }, (_, at) => simulator.addPhone({ name: `Friend ${at}` }));
  for (const friend of friends) await friend.send(shop, 'held up');
  await receiver.until(() => attemptsOf('held up').length >= 16);
  for (const friend of friends) await friend.send(office, `to the office from ${friend.name}`);
  await receiver.until(() => other.texts().length === friends.length);
  receiver.answerWith(() => 200);
  await leapUntil(async () => (await instance.deliveries()).every(({ state }) => state !== 'pending'));
  assert.equal(new Set(attemptsOf('held up').map(({ eventId }) => eventId)).size, friends.length);
});

test('through all of this no lane had two requests open, and nothing came again after a response', () => {
  assert.deepEqual(brokenPromises(receiver.requests), []);
});

/** The requests that told a message last: of the attempt in silence, and of the one with a response. */
async function twoAttempts(of: TestInstance, text: string): Promise<[ReceivedRequest, ReceivedRequest]> {
  // A kept connection that turns out to be dead is replaced within the attempt.
  const requests = of.requests('message').filter(({ body }) => textOf(body) === text);
  const [before, last] = requests.slice(-2);
  assert.ok(before !== undefined && last !== undefined);
  assert.ok(requests.every(({ bytes, eventId }) => bytes.equals(last.bytes) && eventId === last.eventId));
  assert.deepEqual([before.attempt, last.attempt], [1, 2], text);
  const row = (await of.deliveries('message')).find(({ eventId }) => eventId === last.eventId);
  assert.deepEqual(
    row?.attempts.map(({ outcome, status, count }) => ({ outcome, status, count })),
    [
      { outcome: 'silence', status: null, count: 1 },
      { outcome: 'delivered', status: 200, count: 1 },
    ],
  );
  return [before, last];
}

function attemptsOf(text: string): ReceivedRequest[] {
  return instance.requests('message').filter(({ body }) => textOf(body) === text);
}

function textOf(body: ReceivedRequest['body']): string {
  return (body?.data as { message?: { body: string } } | undefined)?.message?.body ?? '';
}

async function settled(of: TestInstance) {
  return (await of.deliveries('message')).filter(({ state }) => state !== 'pending');
}

/** Leaps over the three seconds between attempts until it is so. */
async function leapUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  await until(() => {
    clock.leap(300);
    return condition();
  });
}
