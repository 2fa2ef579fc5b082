import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const events = ['message', 'message_create', 'message_revoke_me'] as const;
const world = await startWorld();
const { simulator } = world;
const { media } = simulator;
const friend = simulator.addPhone({ name: 'Friend' });

beforeEach(() => media.heal());

async function linked() {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.link(shop, events);
  return { shop, instance };
}

test('a history on the media host is told like one inside its message, each message once', async () => {
  const { shop, instance } = await linked();
  const now = Math.floor(Date.now() / 1000);
  const past = Array.from({ length: 600 }, (_, i) => ({ text: `missed ${i}`, timestamp: now + 1 + i }));
  shop.history.remember(friend, past);

  assert.equal(shop.history.send({ onMediaHost: true }).chunks, 2);
  await until(() => instance.texts().length >= 600);
  shop.history.send({ onMediaHost: true, since: now + 550 });
  await friend.send(shop, 'the end');
  await instance.message('the end');
  await untilNothingWaits(instance);

  assert.equal(instance.texts().length, 601);
  assert.deepEqual(new Set(instance.texts()), new Set([...past.map(({ text }) => text), 'the end']));
});

test('a newly linked instance takes a past on the media host, of which nothing is news', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const [old] = shop.history.remember(friend, [{ text: 'years ago', timestamp: 1_600_000_000 }]);
  assert.ok(old);
  shop.history.isShared = true;
  shop.history.isOnMediaHost = true;
  shop.settings.snapshotAfter = 2;
  shop.settings.isOnMediaHost = true;
  for (let i = 0; i < 4; i++) shop.settings.deleteForMe(old);
  const instance = await world.link(shop, events);

  const { id } = await friend.send(shop, 'live');
  await instance.message('live');
  await shop.waitForMessage(({ text }) => text === 'live');
  shop.settings.deleteForMe(id);
  await instance.nth('message_revoke_me', 1);
  await untilNothingWaits(instance);
  assert.deepEqual(instance.texts(), ['live']);
  assert.deepEqual(revoked(instance), ['live']);
});

test('what comes while a history is on its way does not wait for it, and a crash does not lose it', async () => {
  const { shop, instance } = await linked();
  shop.history.remember(friend, [{ text: 'missed', timestamp: Math.floor(Date.now() / 1000) + 1 }]);
  media.fail('silence', { of: 'downloads', times: 1 });
  shop.history.send({ onMediaHost: true });
  await friend.send(shop, 'live');
  await instance.message('live');
  assert.deepEqual(instance.texts(), ['live']);
  await world.stopGateway();
  await world.startGateway();
  await instance.message('missed');
  await untilNothingWaits(instance);
  assert.deepEqual(instance.texts(), ['live', 'missed']);
});

for (const fault of ['cut', 'refuse', 'damage'] as const) {
  test(`a download that fails once (${fault}) is done again`, async () => {
    const { shop, instance } = await linked();
    const { id } = await friend.send(shop, 'to be deleted');
    await instance.message('to be deleted');
    await shop.waitForMessage(({ text }) => text === 'to be deleted');
    shop.history.remember(friend, [{ text: 'missed', timestamp: Math.floor(Date.now() / 1000) + 1 }]);

    media.fail(fault, { of: 'downloads', times: 1 });
    shop.history.send({ onMediaHost: true });
    await instance.message('missed');
    media.fail(fault, { of: 'downloads', times: 1 });
    shop.settings.isOnMediaHost = true;
    shop.settings.deleteForMe(id);
    await instance.nth('message_revoke_me', 1);
    await untilNothingWaits(instance);
    assert.deepEqual(revoked(instance), ['to be deleted']);
  });
}

test('a deletion that only a snapshot tells of is told', async () => {
  const { shop, instance } = await linked();
  const ids: string[] = [];
  for (const text of ['one', 'two', 'three']) {
    ids.push((await friend.send(shop, text)).id);
    await instance.message(text);
    await shop.waitForMessage((message) => message.text === text);
  }
  const [one = '', two = '', three = ''] = ids;
  // The first change of a collection, and with it a snapshot in place of patches.
  shop.settings.snapshotAfter = 0;
  shop.settings.deleteForMe(one);
  await instance.nth('message_revoke_me', 1);
  // A patch that nobody can read any more: Baileys asks for a snapshot then.
  await world.stopGateway();
  shop.settings.isOnMediaHost = true;
  shop.settings.deleteForMe(two);
  const file = media.files.at(-1);
  assert.ok(file);
  media.expire(file);
  shop.settings.isOnMediaHost = false;
  shop.settings.deleteForMe(three);
  await world.startGateway();
  await instance.nth('message_revoke_me', 3);
  await untilNothingWaits(instance);
  assert.deepEqual(revoked(instance).toSorted(), ['one', 'three', 'two']);
});

test('a history that cannot be had is given up and listed with the reason, and what follows is told', async () => {
  const { shop, instance } = await linked();
  const now = Math.floor(Date.now() / 1000);
  shop.history.remember(friend, [{ text: 'lost', timestamp: now + 1 }]);
  await world.stopGateway();
  shop.history.send({ onMediaHost: true });
  const file = media.files.at(-1);
  assert.ok(file);
  media.expire(file);
  // More than any phone sends, packed into the size of a picture; the server is honest about that.
  shop.history.send({ onMediaHost: true, filledBytes: 256 * 1024 * 1024 });
  assert.ok((media.files.at(-1)?.bytes.length ?? Infinity) < 300_000);
  shop.history.remember(friend, [{ text: 'found', timestamp: now + 2 }]);
  shop.history.send({ onMediaHost: true, since: now + 2 });
  await friend.send(shop, 'live');
  await world.startGateway();
  await instance.message('live');
  await instance.message('found');
  await until(() => world.read(unfinished).length === 0);
  assert.deepEqual(instance.texts().toSorted(), ['found', 'live']);
  await untilNothingWaits(instance);
  const parked = await parkedAt(instance);
  assert.deepEqual(
    parked.map(({ kind }) => kind),
    ['history', 'history'],
  );
  const notes = parked.map(({ note }) => note).toSorted();
  assert.match(notes[0] ?? '', /^history: a part of it is lost\. The file is larger than what is fetched\./);
  assert.match(
    notes[1] ?? '',
    /^history: a part of it is lost\. WhatsApp's server does not have the file any more/,
  );
  // It is not tried again.
  await world.stopGateway();
  await world.startGateway();
  await friend.send(shop, 'the end');
  await instance.message('the end');
  assert.equal((await parkedAt(instance)).length, 2);
});

const unfinished = 'select 1 from inbox where own_work <> 0';

function revoked(instance: TestInstance): string[] {
  return instance.data('message_revoke_me').map(({ message }) => message.body);
}

interface Inbox {
  readonly waiting: { readonly count: number };
  readonly parked: readonly { readonly kind: string; readonly note: string }[];
}

async function inboxOf(instance: TestInstance): Promise<Inbox> {
  const { body } = await instance.call('GET', '/inbox');
  return (body as unknown as { inbox: Inbox }).inbox;
}

async function parkedAt(instance: TestInstance): Promise<Inbox['parked']> {
  return (await inboxOf(instance)).parked;
}

async function untilNothingWaits(instance: TestInstance): Promise<void> {
  await until(async () => (await inboxOf(instance)).waiting.count === 0);
}
