import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unavailable } from '@eazewa/simulator';
import { pollUntil } from '../testing/until.ts';
import { loadCreds } from './auth-state.ts';
import {
  startWhatsappWorld,
  vault,
  type LinkedInstance,
  type WhatsappWorld,
} from './testing/linked-instances.ts';

test('while the media server is silent about a history, messages are taken as always', async () => {
  const { world, one, friend } = await linkedWorld();
  world.simulator.media.fail('silence');
  await historyTaken(world, one, friend);
  await friend.send(one.owner, 'meanwhile');
  await pollUntil(() => received(world) === 1);
  assert.equal(unfinished(world), 1);
  assert.deepEqual(world.onDisk('select 1 from placeholders'), []);
  assert.equal(world.simulator.counters.retryReceiptsFromCompanions, 0);
});

test('the phone is asked for what is missing while a history that was left unfinished waits for the media server', async () => {
  const { world, one, friend } = await linkedWorld();
  one.owner.requests.isAnswering = false;
  await friend.send(one.owner, 'only the phone can tell', {
    spoil: unavailable('view_once_unavailable_fanout'),
  });
  await pollUntil(() => world.onDisk(`select 1 from placeholders where state = 'waiting'`).length === 1);
  world.simulator.media.fail('silence');
  await historyTaken(world, one, friend);

  await drop(world, one);
  const asked = new Promise<void>((resolve) => {
    world.simulator.on('stanza', ({ direction, stanza }) => {
      if (direction === 'in' && stanza.tag === 'message' && stanza.attrs['category'] === 'peer') resolve();
    });
  });
  await one.reconnect();
  await asked;
  assert.equal(unfinished(world), 1);
});

test('a history that was left unfinished is given up when the media server has it no more', async () => {
  const { world, one, friend } = await linkedWorld();
  const { media } = world.simulator;
  media.fail('silence');
  await historyTaken(world, one, friend);
  media.expire(media.files.at(-1) ?? assert.fail('there is no file'));
  media.heal();
  await drop(world, one);
  await one.reconnect();
  await pollUntil(() => unfinished(world) === 0);
});

test('the credentials stay as large as they are, however many histories come and however often one is begun', async () => {
  const { world, one, friend } = await linkedWorld();
  const noted = async () => (await loadCreds(world.database, vault, 1)).processedHistoryMessages.length;
  const before = await noted();
  for (let sent = 0; sent < 3; sent++) {
    one.owner.history.remember(friend, [{ text: `past ${sent}`, timestamp: 1_600_000_000 }]);
    one.owner.history.send();
    await pollUntil(() => world.onDisk('select 1 from messages').length === sent + 1);
  }
  await pollUntil(() => unfinished(world) === 0);
  world.simulator.media.fail('silence');
  await historyTaken(world, one, friend);
  for (let turn = 0; turn < 3; turn++) {
    await drop(world, one);
    await one.reconnect();
    await friend.send(one.owner, `after ${turn}`);
    await pollUntil(() => received(world) === 3 + turn + 1);
  }
  assert.equal(unfinished(world), 1);
  assert.deepEqual([before, await noted()], [0, 0]);
});

async function linkedWorld() {
  const world = await startWhatsappWorld();
  const friend = world.simulator.addPhone({ name: 'Friend' });
  const one = await world.link(1, world.simulator.addPhone({ name: 'One' }));
  await pollUntil(() => unfinished(world) === 0);
  return { world, one, friend };
}

/** Sends a history; resolves when WhatsApp has its receipt, and what it asks for is still to be done. */
async function historyTaken(
  { simulator }: WhatsappWorld,
  { owner }: LinkedInstance,
  friend: { readonly number: string },
): Promise<void> {
  owner.history.remember(friend.number, [{ text: 'past', timestamp: 1_600_000_000 }]);
  const { promise, resolve } = Promise.withResolvers<void>();
  let sent: string | undefined;
  const stop = simulator.on('stanza', ({ direction, stanza: { tag, attrs } }) => {
    if (direction === 'out' && attrs['category'] === 'peer') sent ??= attrs['id'];
    if (tag === 'receipt' && attrs['type'] === 'hist_sync' && attrs['id'] === sent) resolve();
  });
  owner.history.send({ onMediaHost: true });
  await promise;
  stop();
}

async function drop({ simulator }: WhatsappWorld, one: LinkedInstance): Promise<void> {
  simulator.disconnect(one.owner, 'tcp-drop');
  await one.closed();
  await one.connection().close();
}

/** Messages between the own devices of which something is still to be done. */
function unfinished({ onDisk }: WhatsappWorld): number {
  return onDisk('select 1 from inbox where own_work <> 0').length;
}

/** Messages of others that are recorded. */
function received({ onDisk }: WhatsappWorld): number {
  return onDisk('select 1 from messages where from_me = 0').length;
}
