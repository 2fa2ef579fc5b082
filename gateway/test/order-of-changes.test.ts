import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBody } from '@eazewa/sdk/events';
import { corrupt, unavailable, type Phone } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator } = world;
const events = [
  'message_create',
  'message_ack',
  'message_reaction',
  'message_edit',
  'message_revoke_everyone',
  'message_revoke_me',
  'vote_update',
] as const;

test('what was said about messages while the gateway was down comes after them, in their order', async () => {
  const { shop, friend, instance } = await linked();
  const group = friend.createGroup('Club', [shop]);
  await friend.send(shop, 'before');
  await instance.body('message_create', ({ message }) => message.body === 'before');
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  const expected: string[] = [];
  for (const to of [shop, group]) {
    const message = await friend.send(to, 'one');
    await friend.react(message, '👍');
    await friend.edit(message, 'two');
    await shop.react(message, '🙏');
    await friend.deleteForEveryone(message);
    const { id } = await friend.send(to, poll);
    await shop.vote(id, ['yes']);
    await friend.vote(id, ['no']);
    const own = await shop.send(to === shop ? friend : to, 'own');
    await friend.read(own.id);
    await friend.react(own, '❤️');
    shop.settings.deleteForMe(own.id);
    expected.push(
      `message_create ${message.id}`,
      `message_reaction ${message.id} 👍`,
      `message_edit ${message.id} one -> two`,
      `message_reaction ${message.id} 🙏`,
      `message_revoke_everyone ${message.id} two`,
      `message_create ${id}`,
      `vote_update ${id} yes`,
      `vote_update ${id} no`,
      `message_create ${own.id}`,
      `message_reaction ${own.id} ❤️`,
      `message_revoke_me ${own.id}`,
    );
  }
  await world.startGateway();
  await until(() => instance.data('message_revoke_me').length === 2);
  await friend.send(shop, 'after it');
  await instance.body('message_create', ({ message }) => message.body === 'after it');
  for (const id of new Set(expected.map((line) => line.split(' ')[1]!))) {
    const of = (lines: string[]) => lines.filter((line) => line.includes(id));
    assert.deepEqual(of(told(instance)), of(expected));
  }
});

test('what is said about a message that cannot be decrypted at first comes after it', async () => {
  const { shop, friend, instance } = await linked();
  friend.answersRetries = false;
  shop.requests.isAnswering = false;
  const message = await friend.send(shop, 'hidden', { spoil: corrupt });
  await friend.react(message, '👍');
  await friend.edit(message, 'hidden no more');
  await friend.react(message, '❤️');
  const hiddenPoll = await friend.send(shop, poll, { spoil: corrupt });
  await friend.vote(hiddenPoll, ['yes']);
  const deleted = await friend.send(shop, 'never seen', { spoil: corrupt });
  await friend.deleteForEveryone(deleted);
  await friend.send(shop, 'plain');
  await instance.body('message_create', ({ message: { body } }) => body === 'plain');
  await until(async () => (await unreadable(instance)) === 2);
  assert.deepEqual(
    told(instance).filter((line) => !line.startsWith('message_create')),
    [`message_revoke_everyone ${deleted.id} `],
  );

  shop.requests.isAnswering = true;
  await world.stopGateway();
  await world.startGateway();
  await until(() => instance.data('vote_update').length === 1);
  await until(() => instance.data('message_reaction').length === 2);
  await until(async () => (await unreadable(instance)) === 0);
  const of = (id: string) => told(instance).filter((line) => line.includes(id));
  assert.deepEqual(of(message.id), [
    `message_create ${message.id}`,
    `message_reaction ${message.id} 👍`,
    // The phone tells the message as it is now.
    `message_edit ${message.id} hidden no more -> hidden no more`,
    `message_reaction ${message.id} ❤️`,
  ]);
  assert.deepEqual(of(hiddenPoll.id), [
    `message_create ${hiddenPoll.id}`,
    `vote_update ${hiddenPoll.id} yes`,
  ]);
  assert.deepEqual(of(deleted.id), [`message_revoke_everyone ${deleted.id} `]);
});

test('when a message is given up, what was said about it is told without it', async () => {
  const { shop, friend, instance } = await linked();
  friend.answersRetries = false;
  shop.requests.isAnswering = false;
  const message = await friend.send(shop, 'lost', { spoil: corrupt });
  await friend.react(message, '👍');
  for (let login = 0; login < 4; login++) {
    await world.stopGateway();
    await world.startGateway();
    await instance.untilStatus('ready');
    const asked = Math.min(login + 1, 3);
    const query = `select asked from placeholders where instance_id = ${instance.id}`;
    await until(() => world.read(query)[0]?.['asked'] === asked);
  }
  await until(() => instance.data('message_reaction').length === 1);
  await friend.react(message, '❤️');
  await until(() => instance.data('message_reaction').length === 2);
  assert.deepEqual(told(instance), [
    `message_reaction ${message.id} 👍`,
    `message_reaction ${message.id} ❤️`,
  ]);
});

test('what is said about a message that only the phone shows does not wait', async () => {
  const { shop, friend, instance } = await linked();
  shop.requests.isAnswering = false;
  const message = await friend.send(shop, 'look once', { spoil: unavailable('view_once') });
  await friend.react(message, '👍');
  await until(() => instance.data('message_reaction').length === 1);
  assert.deepEqual(told(instance), [`message_reaction ${message.id} 👍`]);
});

const poll = {
  messageContextInfo: { messageSecret: Buffer.alloc(32, 9) },
  pollCreationMessageV3: {
    name: 'Well?',
    options: [{ optionName: 'yes' }, { optionName: 'no' }],
    selectableOptionsCount: 1,
  },
};

/** Everything but acks, in the order of arrival, each with the message that it is about. */
function told(instance: TestInstance): string[] {
  return instance.requests().flatMap(({ body }) => inShort(body as unknown as EventBody));
}

function inShort({ event, data }: EventBody): string[] {
  if (event === 'message_create' || event === 'message_revoke_me') return [`${event} ${data.message.id.id}`];
  if (event === 'message_reaction') return [`${event} ${data.reaction.msgId.id} ${data.reaction.reaction}`];
  if (event === 'message_edit') return [`${event} ${data.message.id.id} ${data.prevBody} -> ${data.newBody}`];
  if (event === 'message_revoke_everyone') return [`${event} ${data.after.id.id} ${data.before?.body ?? ''}`];
  if (event !== 'vote_update') return [];
  const names = data.vote.selectedOptions.map(({ name }) => name);
  return [`${event} ${data.vote.parentMsgKey.id} ${names.join()}`];
}

async function unreadable(instance: TestInstance): Promise<number> {
  const { body } = await instance.call('GET', '/inbox');
  return (body['inbox'] as { unreadable: unknown[] }).unreadable.length;
}

async function linked(): Promise<{ shop: Phone; friend: Phone; instance: TestInstance }> {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  return { shop, friend, instance: await world.link(shop, [...events]) };
}
