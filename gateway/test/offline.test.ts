import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone } from '@eazewa/simulator';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import type { TestInstance } from './support/test-instance.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;

test('what was written while the gateway was down arrives once, in order, after its start', async () => {
  const { shop, instance, friends } = await linked(3);
  for (const friend of friends) await friend.send(shop, `${friend.name} 0`);
  await receiver.until(() => instance.texts().length === 3);
  await world.stopGateway();
  for (let number = 1; number <= 10; number++) {
    for (const friend of friends) {
      // By number or by LID: WhatsApp changes between them as it likes.
      await friend.send(shop, `${friend.name} ${number}`, { addressing: number % 2 === 0 ? 'pn' : 'lid' });
    }
    await shop.send(friends[0]!, `from the handset ${number}`);
  }
  await world.startGateway();
  await receiver.until(() => instance.texts().length >= 33 && ownTexts(instance).length >= 10);
  await instance.untilStatus('ready');
  // Live ones come after them.
  for (const friend of friends) await friend.send(shop, `${friend.name} 11`);
  await receiver.until(() => instance.texts().length >= 36);
  for (const friend of friends) assert.deepEqual(textsOf(instance, friend), numbered(friend, 12));
  assert.deepEqual(
    ownTexts(instance),
    Array.from({ length: 10 }, (_, at) => `from the handset ${at + 1}`),
  );
});

test('a backlog of 300 messages and those that come in meanwhile keep the order of each chat', async () => {
  const { shop, instance, friends } = await linked(5);
  const [stranger, ...known] = friends;
  // Four of them have a session with the number, one begins it while the number is away.
  for (const friend of known) await friend.send(shop, `${friend.name} 0`);
  await receiver.until(() => instance.texts().length === known.length);
  await world.stopGateway();
  await stranger!.send(shop, `${stranger!.name} 0`);
  for (let number = 1; number < 60; number++) {
    for (const friend of friends) await friend.send(shop, `${friend.name} ${number}`);
  }
  assert.ok((shop.companion?.queued ?? 0) >= 296);

  const starting = world.startGateway();
  await simulator.whenConnected(shop);
  const live = 30;
  for (let number = 60; number < 60 + live; number++) {
    for (const friend of friends) await friend.send(shop, `${friend.name} ${number}`);
    await receiver.received(receiver.requests.length + 1);
  }
  await starting;
  await receiver.until(() => instance.texts().length >= (60 + live) * friends.length);
  for (const friend of friends) assert.deepEqual(textsOf(instance, friend), numbered(friend, 60 + live));
  assert.equal(simulator.counters.undecryptable, 0);
});

test('a receiver that was down too gets all of it, in order, when it is back', async () => {
  const { shop, instance, friends } = await linked(3);
  await world.stopGateway();
  for (let number = 0; number < 5; number++) {
    for (const friend of friends) await friend.send(shop, `${friend.name} ${number}`);
  }
  receiver.answerWith(({ path }) => (path === instance.path ? 'close' : 200));
  await world.startGateway();
  await receiver.until(() => instance.data('message_create').length >= friends.length);
  await world.stopGateway();
  receiver.answerWith(() => 200);
  await world.startGateway();
  await receiver.until(() => instance.texts().length >= 15);
  for (const friend of friends) {
    assert.deepEqual(textsOf(instance, friend), numbered(friend, 5));
  }
});

test('acknowledgements that came while the gateway was down are told after its start', async () => {
  const { shop, instance, friends } = await linked(1);
  const [friend] = friends as [Phone];
  friend.autoReceipts = false;
  const answer = await instance.act('send-message', {
    chatId: `${friend.number}@c.us`,
    message: 'read it',
  });
  const { id } = (answer['data'] as { id: { id: string } }).id;
  await friend.waitForMessage((message) => message.id === id);
  await world.stopGateway();
  friend.confirm(id);
  await friend.read(id);
  await world.startGateway();
  await receiver.until(() => acksOf(instance, id).includes(3));
  assert.deepEqual(acksOf(instance, id), [1, 2, 3]);
  assert.equal(shop.companions.length, 1);
});

test('through all of this nothing came twice after a response, and nothing is left', () => {
  assert.deepEqual(brokenPromises(receiver.requests), []);
  assert.deepEqual(world.read(`select * from inbox where state in ('undecided', 'parked')`), []);
});

async function linked(friends: number) {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.link(shop, ['message', 'message_create', 'message_ack']);
  return {
    shop,
    instance,
    friends: Array.from({ length: friends }, (_, at) => simulator.addPhone({ name: `Friend ${at}` })),
  };
}

function numbered({ name }: Phone, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${name} ${number}`);
}

function textsOf(instance: TestInstance, { number }: Phone): string[] {
  const messages = instance.data('message').map(({ message }) => message);
  return messages.filter(({ from }) => from === `${number}@c.us`).map(({ body }) => body);
}

function ownTexts(instance: TestInstance): string[] {
  const messages = instance.data('message_create').map(({ message }) => message);
  return messages.filter(({ fromMe }) => fromMe).map(({ body }) => body);
}

function acksOf(instance: TestInstance, id: string): number[] {
  return instance.data('message_ack').flatMap(({ ack, message }) => (message.id.id === id ? [ack] : []));
}
