import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { edit, poll, reaction, revoke, vote, type Phone } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

// What a phone's history says about messages: reactions, votes, edits, deletions, stars.
const world = await startWorld();
const { simulator } = world;
const events = [
  'message',
  'message_create',
  'message_reaction',
  'message_edit',
  'message_revoke_everyone',
  'vote_update',
  'message_ack',
] as const;
const long = 1_600_000_000;
const secret = Buffer.alloc(32, 5);

test('what was said before the linking is known of the stored messages, and told to nobody', async () => {
  const { shop, friend } = people();
  const texts = ['liked', 'typo', 'gone', 'with a star'].map((text, at) => ({
    text,
    timestamp: long + at,
  }));
  const [liked, typo, gone, starred] = shop.history.remember(friend, texts).map(({ id }) => id);
  const [question] = shop.history.remember(friend, [{ content: quiz(), fromMe: true, timestamp: long + 9 }]);
  await friend.send(shop, reaction(keyOf(shop, liked), '👍'));
  await friend.send(shop, edit(keyOf(shop, typo), { conversation: 'mended' }));
  await friend.send(shop, revoke(keyOf(shop, gone)));
  shop.settings.star(starred ?? '');
  await friend.send(shop, voteIn(question?.id, shop, friend));
  await shop.waitForMessage(({ votes }) => votes !== undefined);
  shop.history.isShared = true;
  const instance = await world.link(shop, events);
  // The newest comes at once, the others after it.
  await until(async () => (await find(instance, liked)) !== undefined);
  const found = await Promise.all([liked, typo, starred].map((id) => find(instance, id)));
  assert.deepEqual(
    found.map((message) => [message?.body, message?.hasReaction, message?.isStarred, message?._data.star]),
    [
      ['liked', true, false, false],
      ['mended', false, false, false],
      ['with a star', false, true, true],
    ],
  );
  assert.equal(found[1]?.latestEditMsgKey?.remote, `${friend.number}@c.us`);
  assert.equal(await find(instance, gone), undefined);
  // The last thing that is told is the only one.
  const { id } = await friend.send(shop, 'news');
  await instance.message('news');
  assert.deepEqual(
    events.flatMap((event) => instance.requests(event)).map(({ body }) => idIn(body?.data)),
    [id, id],
  );
});

test('what was said while nobody heard it is told out of the history, once', async () => {
  const { shop, friend } = people();
  const instance = await world.link(shop, events);
  const ids = new Map<string, string>();
  for (const text of ['liked', 'typo', 'gone']) ids.set(text, (await friend.send(shop, text)).id);
  const question = await shop.send(friend, quiz());
  await instance.body('message_create', ({ message }) => message.id.id === question.id);
  await instance.message('gone');
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  const { id: reactionId } = await friend.send(shop, reaction(keyOf(shop, ids.get('liked')), '👍'));
  await friend.send(shop, edit(keyOf(shop, ids.get('typo')), { conversation: 'mended' }));
  await friend.send(shop, revoke(keyOf(shop, ids.get('gone'))));
  await friend.vote(question, ['no']);
  await shop.waitForMessage(({ votes }) => votes !== undefined);
  simulator.loseQueued(shop);
  await world.startGateway();
  await instance.untilStatus('ready');
  shop.history.send();
  const { reaction: told } = await instance.nth('message_reaction', 1);
  assert.deepEqual([told.reaction, told.id.id, told.msgId.id], ['👍', reactionId, ids.get('liked')]);
  assert.equal(told.senderId, `${friend.number}@c.us`);
  const { newBody, prevBody } = await instance.nth('message_edit', 1);
  assert.deepEqual([prevBody, newBody], ['typo', 'mended']);
  const { before, after } = await instance.nth('message_revoke_everyone', 1);
  assert.deepEqual([before?.body, after.id.id, after.type], ['gone', ids.get('gone'), 'revoked']);
  const { vote: voted } = await instance.nth('vote_update', 1);
  assert.deepEqual(voted.selectedOptions, [{ name: 'no', localId: 1 }]);
  shop.history.send();
  await friend.send(shop, 'the end');
  await instance.message('the end');
  for (const event of ['message_reaction', 'message_edit', 'message_revoke_everyone', 'vote_update'] as const)
    assert.equal(instance.data(event).length, 1, event);
});

test('a vote in a poll that nobody knows is listed, and told when a history brings the poll', async () => {
  const { shop, friend } = people();
  const [question] = shop.history.remember(friend, [{ content: quiz(), fromMe: true, timestamp: long }]);
  const instance = await world.link(shop, events);
  await friend.send(shop, voteIn(question?.id, shop, friend));
  await until(async () => (await parked(instance)).length === 1);
  shop.history.send();
  const { vote: voted } = await instance.nth('vote_update', 1);
  assert.deepEqual([voted.voter, voted.parentMessage.pollName], [`${friend.number}@c.us`, 'Tea?']);
  assert.deepEqual(voted.selectedOptions, [{ name: 'yes', localId: 0 }]);
  await until(async () => (await parked(instance)).length === 0);
  assert.deepEqual(instance.data('message_create'), [], 'the poll itself is no news');
});

test('what came by a broadcast list is not told again when a history has it under the list', async () => {
  const { shop, friend } = people();
  const instance = await world.link(shop, events);
  await friend.sendToList([shop], 'to many');
  await instance.message('to many');
  shop.history.send();
  await friend.send(shop, 'the end');
  await instance.message('the end');
  await until(async () => world.read(`select 1 from inbox where state <> 'done'`).length === 0);
  const told = `select 1 from events where name = 'message' and instance_id = ${instance.id}`;
  assert.equal(world.read(told).length, 2);
});

test('a star that is set or taken away is known of later events', async () => {
  const { shop, friend } = people();
  const instance = await world.link(shop, events);
  friend.autoReceipts = false;
  const { id } = await shop.send(friend, 'to be kept');
  await friend.waitForMessage((message) => message.id === id);
  await instance.body('message_create', ({ message }) => message.id.id === id);
  shop.settings.star(id);
  await until(async () => (await find(instance, id))?.isStarred === true);
  friend.confirm(id);
  const first = await instance.nth('message_ack', 1);
  assert.deepEqual([first.ack, first.message.isStarred, first.message._data.star], [2, true, true]);
  shop.settings.star(id, false);
  await until(async () => (await find(instance, id))?.isStarred === false);
  await friend.read(id);
  const second = await instance.nth('message_ack', 2);
  assert.deepEqual([second.ack, second.message.isStarred, second.message._data.star], [3, false, false]);
});

function people(): { shop: Phone; friend: Phone } {
  return { shop: simulator.addPhone({ name: 'Shop' }), friend: simulator.addPhone({ name: 'Friend' }) };
}

/** The key of a message that the friend wrote, as he names it. */
function keyOf(shop: Phone, id = '') {
  return { remoteJid: shop.lidJid, fromMe: true, id };
}

function quiz() {
  return poll('Tea?', ['yes', 'no'], { secret });
}

function voteIn(messageId = '', shop: Phone, friend: Phone) {
  const key = { remoteJid: shop.lidJid, fromMe: false, id: messageId };
  return vote(key, ['yes'], { secret, messageId, writerJid: shop.lidJid, senderJid: friend.lidJid });
}

/** What the API knows of a message; undefined when it knows none. */
async function find(instance: TestInstance, messageId = ''): Promise<MessageData | undefined> {
  const { status, data } = await instance.act('get-message-by-id', { messageId });
  return status === 'success' ? (data as { message: MessageData }).message : undefined;
}

async function parked(instance: TestInstance): Promise<{ note: string }[]> {
  const { body } = await instance.call('GET', '/inbox');
  return (body['inbox'] as { parked: { note: string }[] }).parked;
}

function idIn(data: unknown): string | undefined {
  return (data as { message?: MessageData } | undefined)?.message?.id.id;
}
