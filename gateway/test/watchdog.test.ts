import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import { LeapingClock } from './support/leaping-clock.ts';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const lifecycle: readonly EventName[] = ['ready', 'disconnected', 'change_state', 'message'];

const clock = new LeapingClock();
const world = await startWorld({ clock });
const { simulator, receiver } = world;

afterEach(async () => {
  simulator.unstall('*');
  const { body } = await world.api('GET', '/instances');
  for (const { id } of body['instances'] as { id: number }[]) {
    assert.equal((await world.api('DELETE', `/instances/${id}`)).status, 204);
  }
});

/** Starts that get stuck: where, and what the status says then. */
const stuckStarts = [
  { kind: 'upgrade', isForAll: true, reason: 'No connection to WhatsApp could be opened within 20 seconds.' },
  { kind: 'handshake', isForAll: true, reason: 'WhatsApp did not answer the handshake within 20 seconds.' },
  { kind: 'login', isForAll: false, reason: 'WhatsApp did not answer the login within 30 seconds.' },
  {
    kind: 'queries',
    isForAll: false,
    reason: 'WhatsApp accepted the login but did not finish the start within 60 seconds.',
  },
  {
    kind: 'replay',
    isForAll: false,
    reason:
      'WhatsApp accepted the login but stopped sending the messages of the time before, for 60 seconds, without an end.',
  },
] as const;

for (const { kind, isForAll, reason } of stuckStarts) {
  test(`a start that gets stuck (${kind}) is ended with the reason, and tried again`, async () => {
    const { instance, shop, friend } = await linked();
    const who = isForAll ? '*' : shop;
    simulator.stall(who, kind);
    simulator.disconnect(shop, 'tcp-drop');
    await friend.send(shop, 'while away');
    await passUntil(async () => (await reasonOf(instance)) === `${reason} Connecting again.`);
    assert.equal(await instance.status(), 'loading_screen');

    simulator.unstall(who);
    await untilBack(instance);
    await instance.message('while away');
    assert.deepEqual(await restOf(instance), [
      'change_state OPENING',
      'change_state TIMEOUT',
      'change_state CONNECTED',
    ]);
    assert.equal(await reasonOf(instance), undefined);
  });
}

for (const kind of ['silence', 'half-open'] as const) {
  test(`a connection on which nothing comes any more (${kind}) is noticed, said and repaired`, async () => {
    const { instance, shop, friend } = await linked();
    simulator.disconnect(shop, kind);
    await friend.send(shop, 'while nobody listens');
    await passUntil(async () => (await instance.status()) !== 'ready', 500);
    assert.match((await reasonOf(instance)) ?? '', /^WhatsApp has sent nothing for 45 seconds\./);
    const { explanation } = await refusedToSend(instance, friend.number);
    assert.match(explanation, /WhatsApp has sent nothing for 45 seconds\./);

    await untilBack(instance);
    await instance.message('while nobody listens');
    assert.deepEqual(await restOf(instance), ['change_state TIMEOUT', 'change_state CONNECTED']);
  });
}

test('a server that answers no ping is noticed although messages still come, and none is lost', async () => {
  const { instance, shop, friend } = await linked();
  simulator.stall(shop, 'pings');
  let sent = 0;
  for (let second = 0; (await instance.status()) === 'ready'; second++) {
    assert.ok(second < 300, 'it is still ready after five minutes');
    if (second % 10 === 0) {
      await friend.send(shop, `message ${++sent}`);
      await instance.message(`message ${sent}`);
    }
    await pass(1000);
  }
  assert.ok(sent > 4, 'traffic keeps it up for longer than silence would');
  assert.equal(
    await reasonOf(instance),
    'WhatsApp has answered no ping for 90 seconds, although other traffic came. Connecting again.',
  );
  simulator.unstall(shop);
  await friend.send(shop, 'the last');
  await untilBack(instance);
  await instance.message('the last');
  assert.deepEqual(
    instance.texts(),
    Array.from({ length: sent }, (_, index) => `message ${index + 1}`).concat('the last'),
  );
  assert.deepEqual(await restOf(instance), ['change_state TIMEOUT', 'change_state CONNECTED']);
});

test('a connection with nothing but answered pings stays ready', async () => {
  const { instance, shop } = await linked();
  const { logins } = simulator.counters;
  const pings = countPings(shop.number);
  await passUntil(() => pings.count >= 20);
  pings.stop();
  assert.equal(await instance.status(), 'ready');
  assert.equal(simulator.counters.logins, logins);
});

test('a machine that slept for an hour asks first, and gives no good connection up', async () => {
  const { instance, shop, friend } = await linked();
  const { logins } = simulator.counters;
  const pings = countPings(shop.number);
  for (const nth of [1, 2, 3]) {
    const before = pings.count;
    clock.leap(3_600_000);
    await until(() => pings.count > before);
    await friend.send(shop, `after sleep ${nth}`);
    await instance.message(`after sleep ${nth}`);
  }
  pings.stop();
  assert.equal(await instance.status(), 'ready');
  assert.equal(simulator.counters.logins, logins);
  assert.deepEqual(instance.story().slice(linking.length), []);
});

test('a machine that slept finds out that a connection is dead', async () => {
  const { instance, shop } = await linked();
  simulator.disconnect(shop, 'half-open');
  clock.leap(3_600_000);
  await passUntil(async () => (await instance.status()) !== 'ready', 500);
  await untilBack(instance);
});

test('a QR code waits for a person for minutes, and is given up when the server is dead', async () => {
  const instance = await world.create(['qr', ...lifecycle]);
  const first = await instance.qr();
  await pass(300_000);
  assert.equal(await instance.status(), 'qr');
  assert.deepEqual([await instance.qr(), instance.requests('qr').length], [first, 1]);

  simulator.stall('*', 'pings');
  await passUntil(async () => (await instance.status()) !== 'qr');
  assert.match((await reasonOf(instance)) ?? '', /^WhatsApp has sent nothing for 45 seconds\./);
  simulator.unstall('*');
  await until(() => {
    clock.leap(100);
    return instance.requests('qr').length === 2;
  });
  await simulator.addPhone({ name: 'Shop' }).scan(await instance.qr(2));
  await instance.untilStatus('ready');
});

for (const { kind, word } of [
  { kind: 'replaced', word: 'CONFLICT' },
  { kind: 'unlinked', word: 'LOGOUT' },
] as const) {
  test(`a number that is ${kind} is left alone for days, until a person acts`, async () => {
    const { instance, shop } = await linked();
    simulator.disconnect(shop, kind);
    await instance.storyTo(`disconnected ${word}`);
    const { logins, failedLogins } = simulator.counters;
    for (let hour = 0; hour < 50; hour++) await pass(3_600_000, 3_600_000);
    assert.equal(await instance.status(), 'disconnected');
    assert.deepEqual([simulator.counters.logins, simulator.counters.failedLogins], [logins, failedLogins]);
    await instance.act('reboot');
    if (kind === 'unlinked') await shop.scan(await instance.qr(2));
    await instance.untilStatus('ready');
  });
}

test('numbers that are connected at the start take turns, and those that wait say so', async () => {
  const small = await startWorld({ clock, simulator, config: { openingAtOnce: 2 } });
  const shops = Array.from({ length: 5 }, (_, index) => simulator.addPhone({ name: `Shop ${index}` }));
  const instances: TestInstance[] = [];
  for (const shop of shops) instances.push(await small.link(shop));
  await small.stopGateway();
  simulator.stall('*', 'login');
  await small.startGateway();
  const waiting = 'Waiting for its turn to connect: the gateway opens 2 at a time.';
  const waitingNow = async () => {
    const reasons = await Promise.all(instances.map((instance) => reasonOf(instance)));
    return reasons.map((reason) => reason?.endsWith(waiting) === true);
  };
  await until(async () => (await waitingNow()).join() === 'false,false,true,true,true');
  // The two that are stuck make way for the next two.
  await passUntil(async () => (await waitingNow()).slice(0, 4).join() === 'true,true,false,false');
  simulator.unstall('*');
  for (const instance of instances) await untilBack(instance);
});

/** The story of a number that was linked. */
const linking = ['qr', 'change_state OPENING', 'ready', 'change_state CONNECTED'];

async function linked() {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const instance = await world.link(shop, lifecycle);
  assert.deepEqual(await instance.storyTo('change_state CONNECTED'), linking);
  return { instance, shop, friend };
}

/** What was told since it was linked, once it is connected again. */
async function restOf(instance: TestInstance): Promise<string[]> {
  await receiver.until(
    () => instance.story().length > linking.length && instance.story().at(-1) === 'change_state CONNECTED',
  );
  return instance.story().slice(linking.length);
}

async function reasonOf(instance: TestInstance): Promise<string | undefined> {
  const { body } = await instance.call('GET', '/client/status');
  return (body['clientStatus'] as { instanceStatusReason?: string }).instanceStatusReason;
}

async function refusedToSend(instance: TestInstance, number: string): Promise<{ explanation: string }> {
  const answer = await instance.act('send-message', { chatId: `${number}@c.us`, message: 'hello' });
  assert.equal(answer['status'], 'error');
  return answer as { explanation: string };
}

/** Lets time pass in steps that are no pause for anybody: between them everybody has a turn. */
async function passUntil(condition: () => boolean | Promise<boolean>, stepMs = 1000): Promise<void> {
  await until(() => {
    clock.leap(stepMs);
    return condition();
  });
}

async function pass(ms: number, stepMs = 1000): Promise<void> {
  let steps = Math.ceil(ms / stepMs);
  await passUntil(() => steps-- <= 0, stepMs);
}

/** Resolves when it is ready, leaping over the waits between reconnects. */
async function untilBack(instance: TestInstance): Promise<void> {
  await until(async () => {
    clock.leap(100);
    return (await instance.status()) === 'ready';
  });
}

/** Counts the pings of a number that were answered. */
function countPings(number: string) {
  const asked = new Set<string>();
  const pings = { count: 0, stop: () => {} };
  pings.stop = simulator.on('stanza', ({ direction, number: from, stanza: { tag, attrs } }) => {
    if (from !== number || tag !== 'iq' || attrs['id'] === undefined) return;
    if (direction === 'in' && attrs['xmlns'] === 'w:p') asked.add(attrs['id']);
    if (direction === 'out' && asked.has(attrs['id'])) pings.count++;
  });
  return pings;
}
