import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contact, location, poll, startSimulator } from '@eazewa/simulator';
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

test('a history has every kind of message, of people and of groups', async () => {
  const [frank, carol] = [simulator.addPhone({ name: 'Frank' }), simulator.addPhone({ name: 'Carol' })];
  const group = carol.createGroup('Club', [frank, bob]);
  const place = { latitude: 1.5, longitude: 2.5 };
  const [own, poll1] = frank.history.remember(bob, [
    { content: location(place), fromMe: true, timestamp: 1_700_000_000 },
    { content: poll('Tea?', ['yes', 'no']), timestamp: 1_700_000_001 },
  ]);
  const [ofBob, ofCarol, ofFrank] = frank.history.remember(group.jid, [
    { content: contact(carol), from: bob, timestamp: 1_700_000_002 },
    { text: 'in the group', timestamp: 1_700_000_003 },
    { text: 'me too', fromMe: true, timestamp: 1_700_000_004 },
  ]);
  frank.history.isShared = true;

  const client = await linkClient(simulator, frank);
  const messages = () => client.events('messaging-history.set').flatMap((history) => history.messages);
  const find = (id: string | undefined) => messages().find(({ key }) => key.id === id);
  await client.until(() => new Set(messages().map(({ key }) => key.id)).size === 5);

  assert.equal(find(own?.id)?.message?.locationMessage?.degreesLatitude, 1.5);
  assert.equal(find(own?.id)?.key.fromMe, true);
  assert.equal(find(poll1?.id)?.message?.pollCreationMessageV3?.name, 'Tea?');
  assert.equal(find(ofBob?.id)?.message?.contactMessage?.displayName, 'Carol');
  assert.deepEqual(
    [find(ofBob?.id)?.key.remoteJid, find(ofBob?.id)?.key.participant],
    [group.jid, bob.lidJid],
  );
  assert.equal(find(ofCarol?.id)?.key.participant, carol.lidJid);
  assert.deepEqual([find(ofFrank?.id)?.key.fromMe, find(ofFrank?.id)?.key.remoteJid], [true, group.jid]);
  await client.stop();
});

test('a history has what was said about its messages in them, and not beside them', async () => {
  const [gina, carol] = [simulator.addPhone({ name: 'Gina' }), simulator.addPhone({ name: 'Carol' })];
  const group = carol.createGroup('Choir', [gina, bob]);
  const question = await gina.send(group, poll('Tea?', ['yes', 'no'], { selectable: 1 }));
  const typo = await carol.send(group, 'tipo');
  const gone = await bob.send(group, 'gone');
  for (const { id } of [question, typo, gone]) await carol.waitForMessage((message) => message.id === id);
  await carol.react(question, '👍');
  await carol.vote(question, ['no']);
  await carol.edit(typo, 'typo');
  await carol.deleteForEveryone(gone);
  gina.settings.star(question.id);
  await gina.waitForMessage(({ id, isDeleted }) => id === gone.id && isDeleted === true);
  gina.history.isShared = true;

  const client = await linkClient(simulator, gina);
  const messages = () => client.events('messaging-history.set').flatMap((history) => history.messages);
  await client.until(() => new Set(messages().map(({ key }) => key.id)).size === 3);

  const found = messages().find(({ key }) => key.id === question.id);
  assert.equal(found?.starred, true);
  assert.deepEqual(
    found.reactions?.map(({ key, text }) => [key?.participant, key?.fromMe, text]),
    [[carol.lidJid, false, '👍']],
  );
  const [update] = found.pollUpdates ?? [];
  assert.deepEqual(
    [update?.pollUpdateMessageKey?.participant, update?.vote?.selectedOptions?.length],
    [carol.lidJid, 1],
  );
  const edits = messages().map(({ message }) => message?.editedMessage?.message?.protocolMessage);
  const edited = edits.find((part) => part != null);
  assert.deepEqual([edited?.key?.id, edited?.editedMessage?.extendedTextMessage?.text], [typo.id, 'typo']);
  const deleted = messages().find(({ key }) => key.id === gone.id);
  assert.equal(deleted?.messageStubType, proto.WebMessageInfo.StubType.ADMIN_REVOKE);
  assert.deepEqual(deleted.messageStubParameters, [carol.lidJid]);
  await client.stop();
});

function historyOf(client: Client) {
  return client
    .events('messaging-history.set')
    .filter(({ syncType, messages }) => syncType !== INITIAL_BOOTSTRAP || messages.length > 0);
}
