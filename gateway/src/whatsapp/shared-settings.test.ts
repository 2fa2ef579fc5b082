import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone } from '@eazewa/simulator';
import { waitForAnswers } from '../../test/support/baileys-timers.ts';
import { pollUntil } from '../testing/until.ts';
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
  const asked = nextQuery(world);
  owner.settings.star(seen?.id ?? '');
  await asked;
  await talk(world, one, friend, 1);
  owner.settings.renewKey();
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
  const asked = nextQuery(world);
  const one = await world.link(1, owner);
  await asked;
  await talk(world, one, friend, 1);
  assert.equal(collections(world), 0);
  media.restore(file);
  await drop(world, one);
  await one.reconnect();
  await pollUntil(() => collections(world) > 0);
});

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

/** Resolves when WhatsApp is asked for the settings. */
function nextQuery({ simulator }: WhatsappWorld): Promise<void> {
  return new Promise((resolve) => {
    const stop = simulator.on('stanza', ({ direction, stanza: { attrs } }) => {
      if (direction !== 'in' || attrs['xmlns'] !== 'w:sync:app:state') return;
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
