import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Phone, Simulator, Stanza } from '@eazewa/simulator';
import { connectClient, linkClient, textOf } from './support/client.ts';

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.stop());

test('what is sent to a client that is away comes in order when it is back', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const bob = simulator.addPhone({ name: 'Bob' });
  const client = await linkClient(simulator, alice);
  await client.stop();
  await simulator.whenDisconnected(alice);

  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  for (const text of texts) await bob.send(alice, text);
  assert.equal(alice.companion?.queued, 20);
  const back = connectClient(simulator, client.state);
  await back.message('text 19');

  assert.deepEqual(
    back.messages.map(({ message }) => textOf(message)),
    texts,
  );
  assert.deepEqual(new Set(back.messages.map(({ type }) => type)), new Set(['append']));
  await back.until(() => back.connectionUpdates.some((update) => update.receivedPendingNotifications));
  await back.until(() => alice.companion?.queued === 0);
  await back.stop();
});

test('the replay is announced, fetched, and ended by a count, also when nothing waited', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, alice);
  await client.stop();
  await simulator.whenDisconnected(alice);
  const stanzas = tracedFor(alice);

  const empty = connectClient(simulator, client.state);
  await empty.isOpen();
  assert.deepEqual(infoBroadcasts(stanzas()), ['offline 0']);
  await empty.stop();
  await simulator.whenDisconnected(alice);
  await simulator.addPhone({ name: 'Bob' }).send(alice, 'hello');
  const full = connectClient(simulator, client.state);
  await full.message('hello');

  assert.deepEqual(infoBroadcasts(stanzas()), ['offline 0', 'offline_preview 1', 'offline 1']);
  await full.stop();
});

test('a message that was not acknowledged comes again with the same ciphertext', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const bob = simulator.addPhone({ name: 'Bob' });
  const client = await linkClient(simulator, alice);
  const stanzas = tracedFor(alice);
  const redelivered = simulator.counters.redelivered;

  // The connection breaks as soon as the stanza is on its way, before any receipt can come back.
  const stopListening = simulator.on('stanza', ({ direction, stanza }) => {
    if (direction === 'out' && stanza.tag === 'message')
      queueMicrotask(() => simulator.disconnect(alice, 'tcp-drop'));
  });
  const sent = await bob.send(alice, 'hello');
  await client.closed();
  stopListening();
  assert.equal(alice.companion?.queued, 1);
  const back = connectClient(simulator, client.state);
  await back.until(() => alice.companion?.queued === 0);

  const copies = stanzas().filter(({ tag, attrs }) => tag === 'message' && attrs['id'] === sent.id);
  assert.equal(copies.length, 2);
  assert.deepEqual(ciphertext(copies[0]), ciphertext(copies[1]));
  assert.deepEqual([copies[0]?.attrs['offline'], typeof copies[1]?.attrs['offline']], [undefined, 'string']);
  assert.equal(simulator.counters.redelivered, redelivered + 1);
  await back.stop();
});

test('a handset that is offline gets its messages when it is back', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const bob = simulator.addPhone({ name: 'Bob' });
  alice.goOffline();
  await bob.send(alice, 'one');
  await bob.send(alice, 'two');
  assert.deepEqual(alice.messages, []);
  await assert.rejects(alice.send(bob, 'three'), { code: 'phone_offline' });

  alice.goOnline();

  assert.deepEqual(
    alice.messages.map(({ text }) => text),
    ['one', 'two'],
  );
  assert.deepEqual(
    bob.messages.map(({ status }) => status),
    ['delivered', 'delivered'],
  );
});

test('a client works while its handset is offline', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const bob = simulator.addPhone({ name: 'Bob' });
  const client = await linkClient(simulator, alice);
  alice.goOffline();

  await bob.send(alice, 'hello');
  await client.message('hello');
  await client.socket.sendMessage(bob.lidJid, { text: 'hello Bob' });

  await bob.waitForMessage((message) => message.text === 'hello Bob');
  await client.stop();
});

test('a number can be reached again after every connection was cut at once', async () => {
  const alice = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, alice);

  simulator.dropAll();

  assert.equal(await client.closed(), 428);
  const back = connectClient(simulator, client.state);
  await back.isOpen();
  await back.stop();
});

/** Every stanza that the server sends to this phone's client, from now on. */
function tracedFor(phone: Phone): () => Stanza[] {
  const stanzas: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction === 'out' && number === phone.number) stanzas.push(stanza);
  });
  return () => stanzas;
}

function infoBroadcasts(stanzas: Stanza[]): string[] {
  const children = stanzas
    .filter(({ tag }) => tag === 'ib')
    .map(({ content }) => (Array.isArray(content) ? content[0] : undefined));
  return children.map((child) => `${child?.tag} ${child?.attrs['count']}`);
}

function ciphertext(message: Stanza | undefined): Stanza['content'] {
  return Array.isArray(message?.content) ? message.content[0]?.content : undefined;
}
