import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone } from '@eazewa/simulator';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import type { TestInstance } from './support/test-instance.ts';
import { toldOf } from './support/told.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;

test('live messages in the middle of a replay of 1,000: each chat is told in the order of the wire', async () => {
  const { shop, instance, friends } = await linked(4);
  const group = friends[0]!.createGroup('Club', [shop, ...friends.slice(1)]);
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  const textById = new Map<string, string>();
  const write = async (number: number) => {
    for (const friend of friends) {
      const { id } = await friend.send(shop, `${friend.name} ${number}`);
      textById.set(id, `${friend.name} ${number}`);
    }
    const { id } = await friends[1]!.sendToGroup(group, `Group ${number}`);
    textById.set(id, `Group ${number}`);
  };
  const wire: string[] = [];
  simulator.on('stanza', ({ direction, number, stanza: { tag, attrs } }) => {
    if (direction === 'out' && number === shop.number && tag === 'message') wire.push(attrs['id'] ?? '');
  });
  for (let number = 0; number < 200; number++) await write(number);
  const replay = simulator.holdReplay(shop, { after: 300 });
  const starting = world.startGateway();
  await replay.reached;
  for (let number = 200; number < 210; number++) await write(number);
  replay.release();
  await starting;
  await receiver.until(() => instance.texts().length >= friends.length + 5 * 210);
  for (const name of [...friends.map((friend) => friend.name), 'Group']) {
    const ofChat = (text: string) => text.startsWith(`${name} `);
    const expected = wire.flatMap((id) => textById.get(id) ?? []).filter(ofChat);
    assert.equal(expected.length, 210);
    assert.notDeepEqual(expected, expected.toSorted(byNumber), 'live ones stand in the middle of the replay');
    assert.deepEqual(instance.texts().filter(ofChat), expected, name);
  }
  assert.equal(simulator.counters.undecryptable, 0);
  assert.equal(simulator.counters.retryReceiptsFromCompanions, 0);
  assert.deepEqual(brokenPromises(receiver.requests, {}), []);
});

test('a receipt that overtakes the ack of the server is told after its message', async () => {
  const { shop, instance, friends } = await linked(1);
  const [friend = assert.fail()] = friends;
  const held = simulator.holdAcks(shop);
  const answer = instance.act('send-message', { chatId: `${friend.number}@c.us`, message: 'early receipt' });
  const { id } = await friend.waitForMessage(({ text }) => text === 'early receipt');
  await friend.read(id);
  await receiver.until(() => instance.data('message_ack').some(({ ack }) => ack === 3));
  held.release();
  assert.equal((await answer)['status'], 'success');
  await friend.send(shop, 'after it');
  await instance.message('after it');
  const told = instance.requests().flatMap(({ body }) => {
    const data = body?.data as { message?: { id: { id: string } }; ack?: number };
    return data.message?.id.id === id ? [`${body?.event} ${data.ack ?? ''}`.trim()] : [];
  });
  assert.equal(told[0], 'message_create');
  const acks = told.slice(1).map((each) => Number(each.split(' ')[1]));
  assert.deepEqual(
    acks,
    acks.toSorted((one, other) => one - other),
    'never backwards',
  );
  assert.equal(new Set(acks).size, acks.length, 'never twice');
  assert.equal(acks.at(-1), 3);
});

test('what is said about a message of a program before WhatsApp has answered is told after it, and its ack once', async () => {
  const { shop, instance, friends } = await linked(1);
  const [friend = assert.fail()] = friends;
  friend.autoReceipts = false;
  const held = simulator.holdAcks(shop);
  const chatId = `${friend.number}@c.us`;
  const said: readonly [string, (id: string) => Promise<unknown>][] = [
    ['message_reaction', (id) => friend.react(id, '👍')],
    ['message_edit', (id) => shop.edit(id, 'changed')],
    ['message_revoke_everyone', (id) => shop.deleteForEveryone(id)],
  ];
  const answers = [];
  const ids: string[] = [];
  for (const [name, say] of said) {
    answers.push(instance.act('send-message', { chatId, message: `before ${name}` }));
    const { id } = await friend.waitForMessage(({ text }) => text === `before ${name}`);
    ids.push(id);
    await say(id);
  }
  await receiver.until(() => instance.requests('message_revoke_everyone').length === 1);
  held.release();
  for (const answer of answers) assert.equal((await answer)['status'], 'success');
  await friend.send(shop, 'after it');
  await instance.message('after it');
  const told = toldOf(receiver.requests).filter(({ path }) => path === instance.path);
  for (const [at, [name]] of said.entries()) {
    assert.deepEqual(
      told.filter(({ about }) => about === ids[at]).map(({ event }) => event),
      ['message_create', 'message_ack', name],
    );
  }
});

function byNumber(one: string, other: string): number {
  return Number(one.split(' ')[1]) - Number(other.split(' ')[1]);
}

async function linked(count: number): Promise<{ shop: Phone; instance: TestInstance; friends: Phone[] }> {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friends = Array.from({ length: count }, (_, at) => simulator.addPhone({ name: `F${at + 1}` }));
  const instance = await world.link(shop, [
    'message',
    'message_create',
    'message_ack',
    'message_reaction',
    'message_edit',
    'message_revoke_everyone',
  ]);
  for (const friend of friends) await friend.send(shop, 'hello');
  await receiver.until(() => instance.texts().length >= friends.length);
  return { shop, instance, friends };
}
