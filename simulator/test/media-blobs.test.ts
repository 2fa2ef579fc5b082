import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Phone, Stanza } from '@eazewa/simulator';
import { proto } from 'baileys';
import type { BaileysEventMap } from 'baileys';
import { linkClient, textOf } from './support/client.ts';
import type { Client } from './support/client.ts';
import { mediaOptions, trustMedia } from './support/trust-media.ts';

const { INITIAL_BOOTSTRAP } = proto.HistorySync.HistorySyncType;

const simulator = await startSimulator();
after(() => simulator.stop());
trustMedia(simulator);
const config = {
  options: mediaOptions(simulator),
  appStateMacVerification: { patch: true, snapshot: true },
};
const bob = simulator.addPhone({ name: 'Bob' });

beforeEach(() => simulator.media.heal());

test('a newly linked client reads a long history from the media host, in chunks', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const past = Array.from({ length: 5000 }, (_, i) => ({
    text: `text ${i}`,
    fromMe: i % 3 === 0,
    timestamp: 1_700_000_000 + i,
  }));
  alice.history.remember(bob, past);
  alice.history.isShared = true;
  alice.history.isOnMediaHost = true;
  const filesBefore = simulator.media.files.length;

  const client = await linkClient(simulator, alice, config);
  await client.until(() => new Set(textsOf(client)).size === 5000);

  assert.deepEqual(new Set(textsOf(client)), new Set(past.map(({ text }) => text)));
  // The newest message of each chat, and ten chunks of 500.
  assert.equal(simulator.media.files.length - filesBefore, 11);
  await client.stop();
});

test('one history may be on the media host, or all of them, with the answers to requests', async () => {
  const carol = simulator.addPhone({ name: 'Carol' });
  const [, known] = carol.history.remember(bob, [
    { text: 'one', timestamp: 1_700_000_000 },
    { text: 'two', timestamp: 1_700_000_001 },
  ]);
  const client = await linkClient(simulator, carol, config);
  const sent = carol.history.send({ onMediaHost: true, since: 1_700_000_001 });
  assert.deepEqual(sent, { chunks: 1, messages: 1 });
  await client.until(() => textsOf(client).includes('two'));

  carol.history.isOnMediaHost = true;
  const key = { remoteJid: bob.lidJid, fromMe: false, id: known?.id ?? '' };
  const requestId = await client.socket.fetchMessageHistory(5, key, 1_700_000_001_000);
  const answer = await client.until(() =>
    historiesOf(client).find(({ peerDataRequestSessionId }) => peerDataRequestSessionId === requestId),
  );
  assert.deepEqual(answer.messages.map(textOf), ['one']);
  const folders = simulator.media.files.slice(-2).map(({ directPath }) => directPath.split('/')[2]);
  assert.deepEqual(folders, ['t62.7279-24', 't62.7279-24']);
  await client.stop();
});

test('a history that the media host refuses to give does not reach a client, the next one does', async () => {
  const dave = simulator.addPhone({ name: 'Dave' });
  dave.history.remember(bob, [{ text: 'one', timestamp: 1_700_000_000 }]);
  const client = await linkClient(simulator, dave, config);
  simulator.media.fail('refuse', { times: 1 });
  dave.history.send({ onMediaHost: true });
  dave.history.remember(bob, [{ text: 'two', timestamp: 1_700_000_001 }]);
  dave.history.send({ onMediaHost: true, since: 1_700_000_001 });
  await client.until(() => textsOf(client).includes('two'));
  assert.deepEqual(textsOf(client), ['two']);
  await client.stop();
});

test('changes on the media host reach a client with all their MACs right, and clients build on them', async () => {
  const erin = simulator.addPhone({ name: 'Erin' });
  const client = await linkClient(simulator, erin, config);
  const { id } = await bob.send(erin, 'hello');
  await client.message(id);
  erin.settings.isOnMediaHost = true;

  erin.settings.deleteForMe(id);
  const [deleted] = await client.until(
    () => client.events('messages.delete').length > 0 && client.events('messages.delete'),
  );
  assert.deepEqual(deleted, { keys: [{ remoteJid: bob.lidJid, id, fromMe: false }] });
  const folder = simulator.media.files.at(-1)?.directPath.split('/')[2];
  assert.equal(folder, 't62.7280-24');
  const chats = Array.from({ length: 300 }, (_, i) => `${4_910_000_000_000 + i}@s.whatsapp.net`);
  erin.settings.patch(
    'regular_low',
    chats.map((chat) => ({
      index: ['archive', chat],
      value: { timestamp: 1, archiveChatAction: { archived: true } },
      version: 3,
    })),
  );
  await chatUpdate(client, (update) => update.id === chats.at(-1) && update.archived === true);
  await client.socket.chatModify({ archive: false, lastMessages: [] }, chats[0] ?? '');

  assert.equal(erin.settings.mutations.length, 302);
  assert.deepEqual(await stateOf(client, 'regular_low'), serverState(erin, 'regular_low'));
  await client.stop();
});

test('a client that is linked after many changes gets a snapshot, and the patches after it', async () => {
  const frank = simulator.addPhone({ name: 'Frank' });
  frank.settings.snapshotAfter = 20;
  const chats = Array.from({ length: 7 }, (_, i) => `${4_910_000_000_000 + i}@s.whatsapp.net`);
  for (let i = 0; i < 30; i++) frank.settings.mute(chats[i % 7] ?? '', 2e12 + i);
  frank.settings.patch('regular_high', [
    { index: ['mute', chats[3] ?? ''], value: {}, version: 2, isRemoval: true },
  ]);
  const filesBefore = simulator.media.files.length;
  const answers = answersTo(frank);

  const first = await linkClient(simulator, frank, config);
  assert.deepEqual(await stateOf(first, 'regular_high'), serverState(frank, 'regular_high'));
  const stored = await first.state.keys.get('app-state-sync-version', ['regular_high']);
  assert.equal(Object.keys(stored['regular_high']?.indexValueMap ?? {}).length, 6);
  frank.settings.mute(bob, 2e12);
  frank.settings.mute(bob, 3e12);
  await chatUpdate(first, ({ muteEndTime }) => muteEndTime === 3e12);
  const second = await linkClient(simulator, frank, config);

  assert.deepEqual(await stateOf(first, 'regular_high'), serverState(frank, 'regular_high'));
  assert.deepEqual(await stateOf(second, 'regular_high'), serverState(frank, 'regular_high'));

  assert.equal(simulator.media.files.length - filesBefore, 1, 'both read the same snapshot');
  const withSnapshot = answers.filter(({ name, hasSnapshot }) => name === 'regular_high' && hasSnapshot);
  assert.deepEqual(
    withSnapshot.map(({ version, patches }) => ({ version, patches })),
    [
      { version: 31, patches: 0 },
      { version: 33, patches: 2 },
    ],
  );
  await first.stop();
  await second.stop();
});

test('a snapshot is what all patches together make, whatever keys they are under', async () => {
  const grace = simulator.addPhone({ name: 'Grace' });
  for (let i = 0; i < 5; i++) grace.settings.archive(bob, i % 2 === 0);
  grace.settings.renewKey();
  grace.settings.pin(bob);
  const byPatches = await linkClient(simulator, grace, config);
  grace.settings.snapshotAfter = 0;
  const bySnapshot = await linkClient(simulator, grace, config);

  assert.deepEqual(await stateOf(byPatches, 'regular_low'), serverState(grace, 'regular_low'));
  assert.deepEqual(await stateOf(bySnapshot, 'regular_low'), await stateOf(byPatches, 'regular_low'));
  await byPatches.stop();
  await bySnapshot.stop();
});

test('a client that could not read a change asks for a snapshot, and gets one', async () => {
  const heidi = simulator.addPhone({ name: 'Heidi' });
  const client = await linkClient(simulator, heidi, config);
  heidi.settings.pin(bob);
  await chatUpdate(client, ({ pinned }) => typeof pinned === 'number');
  heidi.settings.isOnMediaHost = true;
  const answers = answersTo(heidi);
  simulator.media.fail('refuse', { times: 1 });

  heidi.settings.archive(bob);
  await chatUpdate(client, ({ archived }) => archived === true);

  assert.deepEqual(answers, [
    { name: 'regular_low', version: 2, hasSnapshot: false, patches: 1 },
    { name: 'regular_low', version: 2, hasSnapshot: true, patches: 0 },
  ]);
  assert.deepEqual(await stateOf(client, 'regular_low'), serverState(heidi, 'regular_low'));
  await client.stop();
});

function historiesOf(client: Client) {
  return client
    .events('messaging-history.set')
    .filter(({ syncType, messages }) => syncType !== INITIAL_BOOTSTRAP || messages.length > 0);
}

function textsOf(client: Client) {
  return historiesOf(client).flatMap(({ messages }) => messages.map(textOf));
}

type ChatUpdate = BaileysEventMap['chats.update'][number];

function chatUpdate(of: Client, fits: (update: ChatUpdate) => boolean): Promise<ChatUpdate> {
  return of.until(() => of.events('chats.update').flat().find(fits));
}

/** What the server has, and what a client has made of it: the hash is over everything that is set. */
function serverState({ account }: Phone, name: string) {
  const collection = account.appState.collection(name);
  return { version: collection.version, hash: Buffer.from(collection.hashAfter([])).toString('hex') };
}

async function stateOf(client: Client, name: string) {
  const { [name]: state } = await client.state.keys.get('app-state-sync-version', [name]);
  return state && { version: state.version, hash: Buffer.from(state.hash).toString('hex') };
}

/** Every collection in the server's answers from now on, to any client of the phone. */
function answersTo({ number }: Phone) {
  const answers: { name: string; version: number; hasSnapshot: boolean; patches: number }[] = [];
  const stop = simulator.on('stanza', ({ direction, number: of, stanza }) => {
    if (direction !== 'out' || of !== number || stanza.tag !== 'iq') return;
    for (const { attrs, content } of partsOf(partsOf([stanza], 'sync'), 'collection')) {
      const parts = Array.isArray(content) ? content : [];
      const patches = partsOf(parts, 'patch').length;
      const { name = '', version } = attrs;
      answers.push({
        name,
        version: Number(version),
        hasSnapshot: parts.some(({ tag }) => tag === 'snapshot'),
        patches,
      });
    }
  });
  after(stop);
  return answers;
}

function partsOf(stanzas: readonly Stanza[], tag: string): Stanza[] {
  const children = stanzas.flatMap(({ content }) => (Array.isArray(content) ? content : []));
  return children.filter((child) => child.tag === tag);
}
