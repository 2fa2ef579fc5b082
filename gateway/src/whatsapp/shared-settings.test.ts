import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { Phone } from '@eazewa/simulator';
import type { BinaryNode, WAPatchName } from 'baileys';
import { waitForAnswers } from '../../test/support/baileys-timers.ts';
import { createLog } from '../log.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { pollUntil, turns, until } from '../testing/until.ts';
import { fetchApart, SharedSettings, type FetchesSettings } from './shared-settings.ts';
import { startWhatsappWorld, type LinkedInstance, type WhatsappWorld } from './testing/linked-instances.ts';

waitForAnswers();

test('while WhatsApp does not answer for the settings, messages come and go, histories and keys are taken', async () => {
  const { world, owner, friend } = await startedWorld();
  world.simulator.stall(owner, 'settings');
  owner.history.isShared = true;
  owner.history.chunkMessages = 1;
  owner.history.remember(friend, ['one', 'two', 'three'].map(past));
  const one = await world.link(1, owner);
  await pollUntil(() => messages(world) === 4);
  await talk(world, one, friend, 1);
  owner.settings.renewKey();
  owner.history.remember(friend, [past('four')]);
  owner.history.send();
  await pollUntil(() => messages(world) === 4 + 2 + 1);
  await talk(world, one, friend, 2);
  assert.equal(collections(world), 0);

  world.simulator.unstall(owner);
  await drop(world, one);
  await one.reconnect();
  await pollUntil(() => collections(world) > 0);
});

test('the same while it does not answer for a change of them', async () => {
  const { world, owner, friend } = await startedWorld();
  const one = await world.link(1, owner);
  await pollUntil(() => collections(world) > 0);
  const [seen] = owner.history.remember(friend, [past('seen')]);
  world.simulator.stall(owner, 'settings');
  const asked = nextQueries(world, 1);
  owner.settings.star(seen?.id ?? '');
  await asked;
  await talk(world, one, friend, 1);
  owner.settings.renewKey();
  await talk(world, one, friend, 2);
});

test('the same while it does not answer for what could not be read before a key came', async () => {
  const { world, owner, friend } = await startedWorld();
  const one = await world.link(1, owner);
  await pollUntil(() => collections(world) > 0);
  const [seen] = owner.history.remember(friend, [past('seen')]);
  owner.settings.renewKey({ isShared: false });
  // Baileys gives up after the second answer that it cannot read.
  const asked = nextQueries(world, 2);
  owner.settings.star(seen?.id ?? '');
  await asked;
  await talk(world, one, friend, 1);
  world.simulator.stall(owner, 'settings');
  const askedAgain = nextQueries(world, 1);
  owner.settings.renewKey();
  await askedAgain;
  await talk(world, one, friend, 2);
});

test('settings that could not be fetched are fetched by the next connection', async () => {
  const { world, owner, friend } = await startedWorld();
  const { media } = world.simulator;
  owner.settings.isOnMediaHost = true;
  const [seen] = owner.history.remember(friend, [past('seen')]);
  owner.settings.star(seen?.id ?? '');
  const file = media.files.at(-1) ?? assert.fail('there is no file');
  media.expire(file);
  const asked = nextQueries(world, 1);
  const one = await world.link(1, owner);
  await asked;
  await talk(world, one, friend, 1);
  assert.equal(collections(world), 0);
  media.restore(file);
  await drop(world, one);
  await one.reconnect();
  await pollUntil(() => collections(world) > 0);
});

test('what could not be fetched is asked for again, after pauses that grow up to five minutes', async () => {
  const { settings, clock, asked } = fetching(Infinity);
  settings.ready({ myAppStateKeyId: 'a key' });
  const pauses: (number | null)[] = [];
  for (let turn = 1; turn <= 8; turn++) {
    await until(() => asked.length === turn && clock.nextInMs !== null);
    const pauseMs = clock.nextInMs ?? 0;
    pauses.push(pauseMs / 1000);
    clock.advance(pauseMs);
  }
  assert.deepEqual(pauses, [10, 20, 40, 80, 160, 300, 300, 300]);
});

test('a change of which WhatsApp told once is fetched when that failed at first', async () => {
  const { settings, clock, asked } = fetching(2);
  settings.keysCame();
  settings.ready({});
  settings.take(change('regular_low'));
  await until(() => clock.nextInMs !== null);
  clock.advance(10_000);
  await until(() => clock.nextInMs !== null);
  clock.advance(20_000);
  await until(() => asked.length === 3);
  assert.ok(asked.every((names) => names.includes('regular_low')));
  assert.equal(clock.nextInMs, null);
});

test('what is told during a pause is fetched at once, together with what waits', async () => {
  const { settings, clock, asked } = fetching(1);
  settings.ready({ myAppStateKeyId: 'a key' });
  await until(() => clock.nextInMs !== null);
  settings.take(change('regular_low'));
  await until(() => asked.length === 2);
  assert.deepEqual(asked.at(-1), asked.at(0));
  assert.equal(clock.nextInMs, null);
});

test('the end of the connection leaves no pause behind and asks for nothing more', async () => {
  const { settings, clock, asked, end } = fetching(Infinity);
  settings.ready({ myAppStateKeyId: 'a key' });
  await until(() => clock.nextInMs !== null);
  end();
  assert.equal(clock.nextInMs, null);
  settings.take(change('regular_low'));
  await turns();
  assert.equal(asked.length, 1);
});

test('only what is under the name of the account is apart from it, and so is what Baileys does when a key comes', async () => {
  const names: string[] = [];
  const events = new EventEmitter();
  const keys = {
    transaction: (work: () => Promise<unknown>, name: string) => {
      names.push(name);
      return work();
    },
  } as FetchesSettings['authState']['keys'];
  const resyncAppState = async () => {
    await keys.transaction(async () => keys.transaction(() => Promise.resolve(), 'lid-mapping'), 'me');
  };
  const ev: FetchesSettings['ev'] = { emit: (event, data) => events.emit(event, data) };
  const fetch = fetchApart({ authState: { creds: { me: { id: 'me' } }, keys }, ev, resyncAppState });
  events.on('creds.update', () => void resyncAppState());

  await fetch(['regular']);
  ev.emit('creds.update', { myAppStateKeyId: 'a key' });
  ev.emit('creds.update', { accountSyncCounter: 1 });
  await keys.transaction(() => Promise.resolve(), 'me');
  const apart = ['shared settings', 'lid-mapping'];
  assert.deepEqual(names, [...apart, ...apart, 'me', 'lid-mapping', 'me']);
});

/** Settings of which the first so many queries fail. */
function fetching(failures: number) {
  const clock = new FakeClock();
  const asked: (readonly WAPatchName[])[] = [];
  let isOver = false;
  const settings = new SharedSettings({
    instanceId: 1,
    clock,
    log: createLog('silent'),
    fetch(collections) {
      asked.push(collections);
      return asked.length <= failures ? Promise.reject(new Error('Timed Out')) : Promise.resolve();
    },
    isOver: () => isOver,
  });
  const end = () => {
    isOver = true;
    settings.end();
  };
  return { settings, clock, asked, end };
}

function change(name: WAPatchName): BinaryNode {
  const content = [{ tag: 'collection', attrs: { name } }];
  return { tag: 'notification', attrs: { type: 'server_sync' }, content };
}

async function startedWorld() {
  const world = await startWhatsappWorld();
  const [owner, friend] = ['One', 'Friend'].map((name) => world.simulator.addPhone({ name }));
  assert.ok(owner && friend);
  const [kept] = owner.history.remember(friend, [past('kept')]);
  owner.settings.star(kept?.id ?? '');
  return { world, owner, friend };
}

function past(text: string) {
  return { text, timestamp: 1_600_000_000 };
}

/** A message each way. */
async function talk(world: WhatsappWorld, one: LinkedInstance, friend: Phone, turn: number): Promise<void> {
  const before = messages(world);
  await friend.send(one.owner, `question ${turn}`);
  await pollUntil(() => messages(world) === before + 1);
  await one.send(`3EB0${turn}`, friend, `answer ${turn}`);
  await friend.waitForMessage(({ text }) => text === `answer ${turn}`);
  await pollUntil(() => messages(world) === before + 2);
}

/** Resolves when WhatsApp is asked for the settings, as often as said. */
function nextQueries({ simulator }: WhatsappWorld, times: number): Promise<void> {
  let left = times;
  return new Promise((resolve) => {
    const stop = simulator.on('stanza', ({ direction, stanza: { attrs } }) => {
      if (direction !== 'in' || attrs['xmlns'] !== 'w:sync:app:state' || --left > 0) return;
      stop();
      resolve();
    });
  });
}

async function drop({ simulator }: WhatsappWorld, one: LinkedInstance): Promise<void> {
  simulator.disconnect(one.owner, 'tcp-drop');
  await one.closed();
  await one.connection().close();
}

/** Parts of the settings that are known. */
function collections({ onDisk }: WhatsappWorld): number {
  return onDisk(`select 1 from auth_keys where kind = 'app-state-sync-version'`).length;
}

function messages({ onDisk }: WhatsappWorld): number {
  return onDisk('select 1 from messages').length;
}
