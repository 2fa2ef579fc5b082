import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BaileysEventMap } from 'baileys';
import { connectClient, linkClient } from './support/client.ts';
import type { Client } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const macsChecked = { appStateMacVerification: { patch: true, snapshot: true } };

const { simulator, alice, client } = await linkedAlice(macsChecked);
const bob = simulator.addPhone({ name: 'Bob' });

test('what the handset does with a chat, its client hears', async () => {
  alice.settings.archive(bob);
  await chatUpdate(client, ({ archived }) => archived === true);
  alice.settings.archive(bob, false);
  await chatUpdate(client, ({ archived }) => archived === false);
  alice.settings.pin(bob);
  await chatUpdate(client, ({ pinned }) => typeof pinned === 'number');
  alice.settings.mute(bob, 2_000_000_000_000);
  await chatUpdate(client, ({ muteEndTime }) => muteEndTime === 2_000_000_000_000);
  alice.settings.mute(bob, null);
  await chatUpdate(client, ({ muteEndTime }) => muteEndTime === null);
  alice.settings.markRead(bob, false);
  await chatUpdate(client, ({ unreadCount }) => unreadCount === -1);
  alice.settings.deleteChat('123-456@g.us');
  await client.until(() => client.events('chats.delete').flat().includes('123-456@g.us'));

  const updates = client.events('chats.update').flat();
  assert.deepEqual(new Set(updates.map(({ id }) => id)), new Set([bob.lidJid]));
});

test('a message that the handset stars, and then deletes for itself, is starred and deleted at its client', async () => {
  const { id } = await bob.send(alice, 'hello', { addressing: 'pn' });
  await client.message(id);
  const key = { remoteJid: bob.jid, id, fromMe: false };

  alice.settings.star(id);
  await client.until(() => client.updates.some(({ key: { id: of }, update }) => of === id && update.starred));
  alice.settings.deleteForMe(id);
  const [deleted] = await client.until(
    () => client.events('messages.delete').length > 0 && client.events('messages.delete'),
  );

  assert.deepEqual(deleted, { keys: [key] });
  assert.throws(() => alice.settings.star('UNKNOWN'), { code: 'unknown_message' });
});

test('a client that was away gets every patch since, also more than one answer holds', async () => {
  const carol = simulator.addPhone({ name: 'Carol' });
  const first = await linkClient(simulator, carol, macsChecked);
  // With a version a client asks for patches, without one for a snapshot.
  carol.settings.mute(bob, 2_000_000_000_000);
  await chatUpdate(first, ({ muteEndTime }) => muteEndTime === 2_000_000_000_000);
  await first.stop();
  await simulator.whenDisconnected(carol);
  for (let i = 1; i <= 150; i++) carol.settings.mute(bob, 2_000_000_000_000 + i);

  const back = connectClient(simulator, first.state, macsChecked);
  await chatUpdate(back, ({ muteEndTime }) => muteEndTime === 2_000_000_000_150);
  assert.equal(await versionOf(back, 'regular_high'), 151);
  await back.stop();
});

test('a client that is linked later gets all settings from the start', async () => {
  const dave = simulator.addPhone({ name: 'Dave' });
  dave.settings.patch('regular_low', [
    { index: ['pin_v1', bob.lidJid], value: { timestamp: 77_000, pinAction: { pinned: true } }, version: 5 },
    { index: ['archive', bob.lidJid], value: { archiveChatAction: { archived: true } }, version: 3 },
  ]);
  dave.settings.archive(bob, false);
  const late = await linkClient(simulator, dave, macsChecked);
  assert.equal(await versionOf(late, 'regular_low'), 2);
  await late.stop();
});

test('a change that a client makes reaches the handset and the other clients', async () => {
  const erin = simulator.addPhone({ name: 'Erin' });
  const one = await linkClient(simulator, erin, macsChecked);
  const two = await linkClient(simulator, erin, macsChecked);
  erin.settings.pin(bob);
  await chatUpdate(one, ({ pinned }) => typeof pinned === 'number');

  await one.socket.chatModify({ archive: true, lastMessages: [] }, bob.lidJid);
  await chatUpdate(two, ({ archived }) => archived === true);
  // The handset builds on what the client has written.
  erin.settings.archive(bob, false);
  await chatUpdate(one, ({ archived }) => archived === false);
  await chatUpdate(two, ({ archived }) => archived === false);

  assert.deepEqual(
    erin.settings.mutations.map(({ collection, index, value }) => [
      collection,
      ...index,
      value.archiveChatAction?.archived ?? value.pinAction?.pinned,
    ]),
    [
      ['regular_low', 'pin_v1', bob.lidJid, true],
      ['regular_low', 'archive', bob.lidJid, true],
      ['regular_low', 'archive', bob.lidJid, false],
    ],
  );
  assert.equal(await versionOf(one, 'regular_low'), 3);
  await one.stop();
  await two.stop();
});

type ChatUpdate = BaileysEventMap['chats.update'][number];

function chatUpdate(of: Client, fits: (update: ChatUpdate) => boolean): Promise<ChatUpdate> {
  return of.until(() => of.events('chats.update').flat().find(fits));
}

async function versionOf(of: Client, collection: string): Promise<number | undefined> {
  return (await of.state.keys.get('app-state-sync-version', [collection]))[collection]?.version;
}
