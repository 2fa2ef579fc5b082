import assert from 'node:assert/strict';
import { test } from 'node:test';
import { corrupt, type Addressing, type Group, type Phone } from '@eazewa/simulator';
import { temporarySchema } from '../src/database/testing/databases.ts';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import { Arena, type Linked } from './support/arena.ts';
import { Deeds } from './support/deeds.ts';
import { judgeDeeds } from './support/judge-deeds.ts';
import { ackDisorder, askedAgain, rowsLeft, timedOut } from './support/oracles.ts';
import { toldOf } from './support/told.ts';
import { until } from './support/until.ts';

const postgres = process.env['EAZEWA_TEST_POSTGRES_URL'];

test('one of everything while the gateway is away: all is told at its start, once and in order', () =>
  onStore(null, whileAway));

test('the same on PostgreSQL', { skip: !postgres }, () => onStore(postgres ?? null, whileAway));

test('the same when the process is killed again and again meanwhile', () => onStore(null, withKills));

test('the same on PostgreSQL, killed', { skip: !postgres }, () => onStore(postgres ?? null, withKills));

test('what follows a message that comes a second time only waits for it, also through a kill', () =>
  onStore(null, withUnreadable));

test('what the phone tells again is no news, also before it is told first', () => onStore(null, withHistory));

interface Scene {
  readonly arena: Arena;
  readonly linked: Linked;
  readonly deeds: Deeds;
  readonly friends: readonly [Phone, Phone];
  readonly groups: readonly [Group, Group];
  /** Somebody who comes into the groups and goes. */
  readonly guest: Phone;
  /** Sent by a program before the gateway went away: it ends in `to`. */
  readonly asked: ReadonlySet<string>;
}

async function whileAway(scene: Scene): Promise<void> {
  await doEverything(scene);
  await scene.arena.start();
  await assertTold(scene);
}

async function withKills(scene: Scene): Promise<void> {
  const { arena } = scene;
  await doEverything(scene);
  for (const [when, nth] of [
    ['after', 20],
    ['during', 40],
    ['before', 60],
    ['during', 30],
  ] as const) {
    arena.launch({ kill: { when, units: 'any', nth } });
    await arena.died();
  }
  await arena.start();
  await assertTold(scene);
}

/** The one sends again what could not be read; of the other only the own phone tells it, and only after the kill. */
async function withUnreadable(scene: Scene): Promise<void> {
  const { arena, linked, deeds, friends } = scene;
  const shop = linked.phone;
  const [anna, ben] = friends;
  for (const friend of friends) {
    const message = await deeds.write(friend, shop, `spoilt at first by ${friend.name}`, { spoil: corrupt });
    await deeds.react(friend, message, '👍');
    await deeds.react(shop, message, '🙏');
    // The phone would tell the message as it is by then.
    if (friend === anna) await deeds.edit(message, 'and changed');
    const question = await deeds.ask(friend, shop, 'who comes?', { spoil: corrupt });
    await deeds.vote(friend, question, ['yes']);
    await deeds.vote(shop, question, ['no']);
    await deeds.react(friend, message, '');
    await deeds.write(friend, shop, 'after them');
  }
  ben.answersRetries = false;
  shop.requests.isAnswering = false;
  await arena.start();
  await until(async () => (await unreadable(arena)) === 2);
  await arena.kill();
  shop.requests.isAnswering = true;
  await deeds.write(ben, shop, 'while it is away again');
  await arena.start();
  await until(async () => (await unreadable(arena)) === 0);
  await assertTold(scene, 'message');
}

async function withHistory(scene: Scene): Promise<void> {
  const { arena, linked } = scene;
  await doEverything(scene);
  linked.phone.history.send({ chunkMessages: 7 });
  await arena.start();
  await arena.untilReady(linked);
  await until(() => arena.isQuiet());
  linked.phone.history.send();
  await assertTold(scene);
}

async function unreadable({ store }: Arena): Promise<number> {
  const [row] = await store.all<{ count: number }>(
    "select count(*) as count from placeholders where state = 'waiting'",
  );
  return Number(row?.count);
}

/** Everything that phones can do, in chats of two and in groups, under both kinds of names. */
async function doEverything(scene: Scene): Promise<void> {
  const { linked, deeds, friends, groups, guest, arena } = scene;
  const shop = linked.phone;
  const [anna, ben] = friends;
  for (const [at, friend] of friends.entries()) {
    const addressing: Addressing = at === 0 ? 'lid' : 'pn';
    await inChat(deeds, shop, friend, shop, { addressing });
    deeds.call(friend, { isVideo: at === 1, addressing });
  }
  for (const group of groups) {
    deeds.changeSubject(anna, group, `${group.subject}, and more`);
    await inChat(deeds, shop, ben, group, {});
    deeds.add(anna, group, guest);
    const fromGuest = await deeds.write(guest, group, 'am I in?');
    deeds.setAdmin(anna, group, guest, true);
    deeds.describe(guest, group, 'about this');
    await deeds.revoke(anna, fromGuest);
    deeds.setAdmin(anna, group, guest, false);
    deeds.remove(anna, group, guest);
    deeds.add(anna, group, guest);
    await deeds.write(guest, group, 'back again');
    deeds.leave(guest, group);
    await deeds.write(ben, group, 'the end');
  }
  // What was sent before gets further now.
  for (const message of deeds.messages.filter(({ body }) => arena && scene.asked.has(body))) {
    await deeds.react(message.to[0]!, message, '👏');
    for (const phone of message.to) await phone.read(message.id);
  }
}

/** A talk of somebody with the number, in a chat of two or in a group. */
async function inChat(
  deeds: Deeds,
  shop: Phone,
  friend: Phone,
  to: Phone | Group,
  options: { addressing?: Addressing },
): Promise<void> {
  const back = to === shop ? friend : to;
  const text = await deeds.write(friend, to, 'one', options);
  await deeds.react(friend, text, '👍');
  await deeds.react(shop, text, '🙏');
  await deeds.edit(text, 'two');
  await deeds.react(shop, text, '❤️');
  await deeds.edit(text, 'three');
  await deeds.react(friend, text, '');
  const image = await deeds.sendImage(friend, to, 'look', options);
  await deeds.edit(image, 'look here');
  const question = await deeds.ask(friend, to, 'when?', options);
  await deeds.vote(shop, question, ['yes']);
  await deeds.vote(friend, question, ['no', 'perhaps']);
  await deeds.vote(shop, question, []);
  const own = await deeds.write(shop, back, 'mine', options);
  await friend.read(own.id);
  await deeds.react(friend, own, '😀');
  await deeds.edit(own, 'mine, better');
  const ownImage = await deeds.sendImage(shop, back, 'see', options);
  await deeds.revoke(shop, ownImage);
  await deeds.revoke(friend, text);
  const private_ = await deeds.write(friend, to, 'not for long', options);
  deeds.deleteForMe(private_);
  await deeds.write(friend, to, 'bye', options);
}

/** Everything has come, once, in order, and nothing is left. */
async function assertTold(scene: Scene, orderOf: 'chat' | 'message' = 'chat'): Promise<void> {
  const { arena, linked, deeds, friends, asked } = scene;
  await arena.untilReady(linked);
  await deeds.write(friends[0], linked.phone, 'live again');
  await until(() => arena.isQuiet());
  const { requests } = arena.receiver;
  const told = toldOf(requests);
  const isAsked = (line: string) => [...asked].some((text) => line.endsWith(JSON.stringify(text)));
  assert.deepEqual(judgeDeeds(told, deeds, { isAsked, orderOf }), { lost: [], added: [], reordered: [] });
  assert.deepEqual(missingAcks(scene), []);
  assert.deepEqual(ackDisorder(requests), []);
  const expected = { kills: arena.kills, timedOut: await timedOut(arena.store) };
  assert.deepEqual(brokenPromises(requests, expected), []);
  const left = await rowsLeft(arena.store);
  assert.deepEqual(orderOf === 'message' ? [] : [...left, ...askedAgain(arena.simulator)], []);
}

/** Own messages of which it was not told how far they have come. */
function missingAcks({ arena, deeds, linked }: Scene): string[] {
  const told = toldOf(arena.receiver.requests).filter(({ event }) => event === 'message_ack');
  const own = deeds.messages.filter(({ by, isDeleted }) => by === linked.phone && !isDeleted);
  return own.flatMap(({ id, body, to }) => {
    const isRead = to.every(({ messages }) => messages.find((one) => one.id === id)?.status === 'read');
    const line = `message_ack ${id} ${isRead ? 3 : 2}`;
    return told.some((event) => event.line === line) ? [] : [`"${body}": ${line} was not told`];
  });
}

async function onStore(server: string | null, run: (scene: Scene) => Promise<void>): Promise<void> {
  const schema = server === null ? null : await temporarySchema(server);
  const arena = await Arena.open({ database: schema?.url ?? null });
  try {
    await arena.start();
    await run(await prepare(arena));
  } finally {
    await arena.close();
    await schema?.drop();
  }
}

/** A number that has talked with its contacts, whose gateway is gone. */
async function prepare(arena: Arena): Promise<Scene> {
  const { simulator } = arena;
  const linked = await arena.link(simulator.addPhone({ name: 'Shop' }));
  const shop = linked.phone;
  const [anna, ben, guest] = ['Anna', 'Ben', 'Guest'].map((name) => simulator.addPhone({ name })) as [
    Phone,
    Phone,
    Phone,
  ];
  const deeds = new Deeds(shop, () => simulator.phones);
  const groups = [
    deeds.createGroup(anna, 'Club', [ben]),
    deeds.createGroup(anna, 'Old club', [ben], { addressing: 'pn' }),
  ] as const;
  const asked = new Set<string>();
  for (const [chat, to] of [
    [`${anna.number}@c.us`, anna],
    [groups[0].jid, groups[0]],
  ] as const) {
    const message = `from a program to ${chat}`;
    const path = `/instances/${linked.id}/client/action/send-message`;
    const { body } = await arena.api('POST', path, { chatId: chat, message });
    const { data } = body['data'] as { data: { id: { id: string } } };
    deeds.program(data.id.id, to, message);
    asked.add(message);
  }
  await until(() => arena.isQuiet());
  arena.child.terminate();
  await arena.child.gone;
  await simulator.whenDisconnected(shop);
  return { arena, linked, deeds, friends: [anna, ben], groups, guest, asked };
}
