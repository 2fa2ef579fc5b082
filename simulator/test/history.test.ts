import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Phone, Simulator } from '@eazewa/simulator';
import { proto } from 'baileys';
import { linkClient, reconnect, textOf } from './support/client.ts';
import type { Client } from './support/client.ts';

const { INITIAL_BOOTSTRAP, RECENT, ON_DEMAND } = proto.HistorySync.HistorySyncType;

let simulator: Simulator;
let alice: Phone;
let bob: Phone;
before(async () => {
  simulator = await startSimulator();
  [alice, bob] = [simulator.addPhone({ name: 'Alice' }), simulator.addPhone({ name: 'Bob' })];
});
after(() => simulator.stop());

test('a newly linked client gets all chats when the handset shares its past', async () => {
  const carol = simulator.addPhone({ name: 'Carol' });
  const past = Array.from({ length: 2500 }, (_, i) => ({
    text: `text ${i}`,
    fromMe: i % 3 === 0,
    timestamp: 1_700_000_000 + i,
  }));
  alice.history.remember(bob, past);
  alice.history.remember(carol, [{ text: 'from Carol', timestamp: 1_600_000_000, addressing: 'pn' }]);
  alice.history.isShared = true;

  const client = await linkClient(simulator, alice);
  const messages = () => client.events('messaging-history.set').flatMap((history) => history.messages);
  await client.until(() => new Set(messages().map(({ key }) => key.id)).size === 2501);
  alice.history.isShared = false;

  const texts = messages().map((message) => textOf(message));
  assert.deepEqual(new Set(texts), new Set([...past.map(({ text }) => text), 'from Carol']));
  assert.deepEqual(new Set(messages().map(({ key }) => key.remoteJid)), new Set([bob.lidJid, carol.jid]));
  const newest = messages().find((message) => textOf(message) === 'text 2499');
  assert.deepEqual([newest?.key.fromMe, Number(newest?.messageTimestamp)], [true, 1_700_002_499]);
  await client.stop();
});

test('a handset can send its recent messages at any time, also to a client that is away', async () => {
  const dave = simulator.addPhone({ name: 'Dave' });
  const client = await linkClient(simulator, dave);
  const sent = await bob.send(dave, 'hello');
  await client.message(sent.id);
  await client.stop();
  await simulator.whenDisconnected(dave);
  dave.history.remember(bob, [{ text: 'long ago', timestamp: 1_000 }]);

  assert.deepEqual(dave.history.send({ chat: bob, since: 2_000 }), { chunks: 1, messages: 1 });
  const back = await reconnect(simulator, client);
  await back.until(() => historyOf(back).length === 1);

  const [history] = historyOf(back);
  assert.equal(history?.syncType, RECENT);
  assert.deepEqual(
    history.messages.map(({ key, message }) => [key.id, key.remoteJid, message?.conversation]),
    [[sent.id, bob.lidJid, 'hello']],
  );
  await back.stop();
});

test('a client can ask for what was in a chat before a message', async () => {
  const erin = simulator.addPhone({ name: 'Erin' });
  const past = Array.from({ length: 8 }, (_, i) => ({ text: `text ${i}`, timestamp: 1_700_000_000 + i }));
  const known = erin.history.remember(bob, past);
  const client = await linkClient(simulator, erin);
  const ask = async (count: number, index: number) => {
    const key = { remoteJid: bob.lidJid, fromMe: false, id: known[index]?.id ?? '' };
    const requestId = await client.socket.fetchMessageHistory(
      count,
      key,
      (known[index]?.timestamp ?? 0) * 1000,
    );
    return client.until(() =>
      historyOf(client).find(({ peerDataRequestSessionId }) => peerDataRequestSessionId === requestId),
    );
  };

  const some = await ask(3, 6);
  const last = await ask(10, 3);

  assert.equal(some.syncType, ON_DEMAND);
  assert.deepEqual(some.messages.map(textOf), ['text 5', 'text 4', 'text 3']);
  assert.deepEqual(last.messages.map(textOf), ['text 2', 'text 1', 'text 0']);
  // Baileys tells of a chat only once, so the end of the second answer does not show here.
  assert.deepEqual([some.chats[0]?.id, some.chats[0]?.endOfHistoryTransfer], [bob.lidJid, false]);
  await client.stop();
});

function historyOf(client: Client) {
  return client
    .events('messaging-history.set')
    .filter(({ syncType, messages }) => syncType !== INITIAL_BOOTSTRAP || messages.length > 0);
}
