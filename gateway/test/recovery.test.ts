import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { corrupt, msmsgFirst, unavailable, type Phone } from '@eazewa/simulator';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator } = world;
const events = ['message', 'message_create', 'message_revoke_me'] as const;

test('a message that cannot be decrypted comes when its sender sends it again, once', async () => {
  const { shop, friend, instance } = await linked();
  await friend.send(shop, 'broken on the way', { spoil: corrupt });
  await friend.send(shop, 'after it');
  await instance.message('broken on the way');
  await instance.message('after it');
  await until(async () => (await inboxOf(instance)).waiting.count === 0);
  assert.deepEqual(await inboxOf(instance), nothingMissing);
  assert.deepEqual(instance.texts().toSorted(), ['after it', 'broken on the way']);
  assert.equal(instance.data('message_create').length, 2);
  assert.equal(shop.messages.filter(({ text }) => text === 'broken on the way').length, 1);
});

test('when the sender does not answer, the own phone does', async () => {
  const { shop, friend, instance } = await linked();
  friend.answersRetries = false;
  await friend.send(shop, 'only the phone can tell', { spoil: corrupt });
  const message = await instance.message('only the phone can tell');
  assert.equal(message._data.late, true);
  assert.equal(message.from, `${friend.number}@c.us`);
  await until(async () => (await inboxOf(instance)).unreadable.length === 0);
  assert.deepEqual(await inboxOf(instance), nothingMissing);
});

test('a message that nobody can tell is listed, and asked for again at the next login', async () => {
  const { shop, friend, instance } = await linked();
  friend.answersRetries = false;
  shop.requests.isAnswering = false;
  const spoilt = [corrupt, unavailable('view_once_unavailable_fanout'), msmsgFirst];
  for (const [index, spoil] of spoilt.entries()) await friend.send(shop, `hidden ${index}`, { spoil });
  await friend.send(shop, 'plain');
  await instance.message('plain');
  await until(async () => (await inboxOf(instance)).unreadable.length === spoilt.length);
  const { unreadable, parked } = await inboxOf(instance);
  assert.deepEqual(
    unreadable.map(({ author, state }) => [author, state]),
    spoilt.map(() => [`${friend.number}@c.us`, 'waiting']),
  );
  assert.equal(parked.length, spoilt.length);
  assert.deepEqual(instance.texts(), ['plain']);

  shop.requests.isAnswering = true;
  await world.stopGateway();
  await world.startGateway();
  for (const index of spoilt.keys()) await instance.message(`hidden ${index}`);
  await until(async () => (await inboxOf(instance)).unreadable.length === 0);
  assert.deepEqual(await inboxOf(instance), nothingMissing);
  assert.equal(new Set(instance.texts()).size, instance.texts().length, 'each message once');
});

test('what WhatsApp loses while the gateway is down is seen, and found in the history of the phone', async () => {
  const { shop, friend, instance } = await linked();
  await friend.send(shop, 'before');
  await instance.message('before');
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  const { id } = await friend.send(shop, 'lost by the server');
  await friend.send(shop, 'kept by the server');
  assert.equal(simulator.loseQueued(shop, { predicate: ({ attrs }) => attrs['id'] === id }).length, 1);
  await world.startGateway();
  const found = await instance.message('lost by the server');
  assert.equal(found._data.late, true);
  assert.equal((await instance.message('kept by the server'))._data.late, undefined);
  const [gap] = (await inboxOf(instance)).gaps;
  assert.deepEqual(
    [gap?.kind, gap?.announced, gap?.received, gap?.recovered, gap?.state],
    ['message', 2, 1, 1, 'closed'],
  );
  assert.deepEqual(instance.texts().toSorted(), ['before', 'kept by the server', 'lost by the server']);
});

test('a gap that cannot be closed stays visible', async () => {
  const { shop, friend, instance } = await linked();
  shop.requests.isAnswering = false;
  await friend.send(shop, 'before');
  await instance.message('before');
  await world.stopGateway();
  await simulator.whenDisconnected(shop);
  await friend.send(shop, 'lost for good');
  simulator.loseQueued(shop);
  await world.startGateway();
  await until(async () => (await inboxOf(instance)).gaps.length === 1);
  const [gap] = (await inboxOf(instance)).gaps;
  assert.deepEqual([gap?.announced, gap?.received, gap?.state, gap?.closedAt], [1, 0, 'open', null]);
});

test('history from before the linking is no news, later history is told once, whatever chunk has it', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  shop.history.remember(friend, [{ text: 'years ago', timestamp: 1_600_000_000 }]);
  shop.history.isShared = true;
  const instance = await world.link(shop, events);
  await friend.send(shop, 'live');
  await instance.message('live');
  const now = Math.floor(Date.now() / 1000);
  shop.history.remember(friend, [
    { text: 'missed', timestamp: now + 1 },
    { text: 'sent from the phone', fromMe: true, timestamp: now + 2 },
  ]);
  shop.history.send();
  await instance.message('missed');
  shop.history.send();
  await friend.send(shop, 'the end');
  await instance.message('the end');
  await until(async () => (await inboxOf(instance)).waiting.count === 0);
  assert.deepEqual(instance.texts(), ['live', 'missed', 'the end']);
  const own = instance.data('message_create').filter(({ message }) => message.fromMe);
  assert.deepEqual(
    own.map(({ message }) => [message.body, message._data.late]),
    [['sent from the phone', true]],
  );
});

test('what was written before the linking is stored and not told, and what happens to it later is told with its text', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const yearsAgo = { timestamp: 1_600_000_000 };
  const texts = Array.from({ length: 130 }, (_, number) => ({ text: `past ${number}`, ...yearsAgo }));
  shop.history.remember(friend, texts);
  const [question] = shop.history.remember(friend, [{ text: 'well?', fromMe: true, ...yearsAgo }]);
  shop.history.isShared = true;
  const instance = await world.link(shop, [...events, 'message_ack']);
  const stored = () =>
    world.read(
      `select id, body from messages where instance_id = ${instance.id} and timestamp_s < 1700000000`,
    );
  await until(async () => stored().length === 131 && (await inboxOf(instance)).waiting.count === 0);
  const data = JSON.parse(Buffer.from(stored()[0]?.['body'] as Uint8Array).toString()) as MessageData;
  assert.deepEqual([data._data.isNewMsg, data._data.isMdHistoryMsg], [false, true]);

  const attrs = { id: question?.id ?? '', from: friend.account.jid('lid'), t: '1700000001', type: 'read' };
  simulator.inject(shop, { tag: 'receipt', attrs });
  const { ack, message } = await instance.nth('message_ack', 1);
  assert.deepEqual([ack, message.body, message.timestamp], [3, 'well?', 1_600_000_000]);
  assert.deepEqual(
    [instance.data('message'), instance.data('message_create')],
    [[], []],
    'nothing of it is news',
  );
});

test('a message that is deleted on the phone only is told as it was, once', async () => {
  const { shop, friend, instance } = await linked();
  const { id } = await friend.send(shop, 'to be deleted');
  await instance.message('to be deleted');
  await shop.waitForMessage(({ text }) => text === 'to be deleted');
  shop.settings.archive(friend);
  shop.settings.deleteForMe(id);
  const { message } = await instance.nth('message_revoke_me', 1);
  assert.deepEqual([message.body, message.id.id, message.type], ['to be deleted', id, 'chat']);
  await world.stopGateway();
  const { id: second } = await friend.send(shop, 'deleted meanwhile');
  shop.settings.deleteForMe(second);
  await world.startGateway();
  assert.equal((await instance.nth('message_revoke_me', 2)).message.body, 'deleted meanwhile');
  await instance.untilStatus('ready');
  assert.equal(instance.data('message_revoke_me').length, 2);
});

test('content leaves the inbox soon after its receipt; a redelivery then repeats the receipt only', async () => {
  const { shop, friend, instance } = await linked();
  await friend.send(shop, 'kept short');
  await instance.message('kept short');
  const left = () =>
    world.read(
      `select count(*) as count from inbox where instance_id = ${instance.id} and kind = 'message'
        and (stanza is not null or plaintext is not null)`,
    )[0]?.['count'];
  await until(() => left() === 0);
  assert.equal(world.read(`select count(*) as count from inbox where own_work = 1`)[0]?.['count'], 0);
});

/** A new number with somebody who has written to it before. */
async function linked(): Promise<{ shop: Phone; friend: Phone; instance: TestInstance }> {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const instance = await world.link(shop, events);
  return { shop, friend, instance };
}

interface InboxReport {
  readonly waiting: { readonly count: number };
  readonly parked: readonly unknown[];
  readonly unreadable: readonly { readonly author: string; readonly state: string }[];
  readonly gaps: readonly {
    readonly kind: string;
    readonly announced: number;
    readonly received: number;
    readonly recovered: number;
    readonly state: string;
    readonly closedAt: number | null;
  }[];
}

const nothingMissing = { waiting: { count: 0, oldestAt: null }, parked: [], unreadable: [], gaps: [] };

async function inboxOf(instance: TestInstance): Promise<InboxReport> {
  const { body } = await instance.call('GET', '/inbox');
  return body['inbox'] as InboxReport;
}
