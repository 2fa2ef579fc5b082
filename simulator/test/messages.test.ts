import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Phone, Stanza } from '@eazewa/simulator';
import { linkClient, textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();

for (const addressing of ['lid', 'pn'] as const) {
  test(`a contact's texts arrive under ${addressing}: the first as pkmsg, after an answer as msg`, async () => {
    const bob = simulator.addPhone({ name: 'Bob' });
    const kinds = encryptionKinds(bob);

    const first = await bob.send(alice, 'one', { addressing });
    const received = await client.message(first.id);
    await client.socket.sendMessage(received.key.remoteJid ?? '', { text: 'two' });
    await bob.waitForMessage((message) => message.text === 'two');
    const second = await bob.send(alice, 'three', { addressing });

    assert.equal(textOf(received), 'one');
    assert.equal(received.key.remoteJid, addressing === 'lid' ? bob.lidJid : bob.jid);
    assert.equal(received.key.remoteJidAlt, addressing === 'lid' ? bob.jid : bob.lidJid);
    assert.equal(received.pushName, 'Bob');
    assert.equal(textOf(await client.message(second.id)), 'three');
    assert.deepEqual(kinds(), ['pkmsg', 'msg']);
  });

  test(`a text that a client sends under ${addressing} reaches the contact and the own phone`, async () => {
    const bob = simulator.addPhone({ name: 'Bob' });
    const sent = await client.socket.sendMessage(addressing === 'lid' ? bob.lidJid : bob.jid, {
      text: 'hello',
    });

    const atBob = await bob.waitForMessage((message) => message.text === 'hello');
    const atHome = await alice.waitForMessage((message) => message.id === sent?.key.id);

    assert.equal(atBob.id, sent?.key.id);
    assert.equal(atBob.from, alice.number);
    assert.equal(atBob.addressing, addressing);
    assert.deepEqual([atHome.text, atHome.fromMe, atHome.to, atHome.device], ['hello', true, bob.number, 1]);
  });
}

test('a message that a client sends is acknowledged, then delivered, then read', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const stanzas = receivedBy(alice);

  const sent = await client.socket.sendMessage(bob.jid, { text: 'hello' });
  const id = sent?.key.id ?? '';
  await bob.waitForMessage((message) => message.id === id);
  await client.status(id, 'delivered');
  await bob.read(id);
  await client.status(id, 'read');

  const about = stanzas().filter(({ attrs }) => attrs['id'] === id && attrs['type'] !== 'sender');
  assert.deepEqual(
    about.map(({ tag, attrs }) => [tag, attrs['class'] ?? attrs['type'] ?? 'delivered']),
    [
      ['ack', 'message'],
      ['receipt', 'delivered'],
      ['receipt', 'read'],
    ],
  );
});

test('a phone without automatic receipts confirms when it is told to', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  bob.autoReceipts = false;
  const id = (await client.socket.sendMessage(bob.jid, { text: 'hello' }))?.key.id ?? '';
  await bob.waitForMessage((message) => message.id === id);
  assert.equal(alice.messages.find((message) => message.id === id)?.status, 'sent');

  bob.confirm(id);

  await alice.waitForMessage((message) => message.id === id && message.status === 'delivered');
  await client.status(id, 'delivered');
});

test('a message of the own handset arrives at its client as sent by me', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });

  const sent = await alice.send(bob, 'from the handset');

  const received = await client.message(sent.id);
  assert.equal(received.key.fromMe, true);
  assert.equal(received.key.remoteJid, bob.lidJid);
  assert.equal(received.key.remoteJidAlt, bob.jid);
  assert.equal(textOf(received), 'from the handset');
});

test('reading a chat on the handset tells the contact and the client', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const first = await bob.send(alice, 'one');
  const second = await bob.send(alice, 'two');

  assert.deepEqual(await alice.read(bob), [first.id, second.id]);

  assert.deepEqual(
    bob.messages.map(({ status }) => status),
    ['read', 'read'],
  );
  await client.status(second.id, 'read');
});

test('a message that a client reads is read at the contact and at the own handset', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const sent = await bob.send(alice, 'hello');
  const received = await client.message(sent.id);

  await client.socket.readMessages([received.key]);

  await bob.waitForMessage((message) => message.id === sent.id && message.status === 'read');
  await alice.waitForMessage((message) => message.id === sent.id && message.status === 'read');
});

test('two accounts talk with each other through their clients', async () => {
  const bob = simulator.addPhone({ name: 'Bob', deviceIsAndroid: false });
  const other = await linkClient(simulator, bob);

  await client.socket.sendMessage(bob.jid, { text: 'hello Bob' });
  const atBob = await other.message('hello Bob');
  await other.socket.sendMessage(atBob.key.remoteJid ?? '', { text: 'hello Alice' });
  await client.message('hello Alice');

  assert.equal(bob.messages[0]?.text, 'hello Bob');
  assert.equal(alice.messages.at(-1)?.text, 'hello Alice');
  await other.stop();
});

test('a client hears of a companion that a contact links later, and writes to it too', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  await client.socket.sendMessage(bob.jid, { text: 'before' });
  await bob.waitForMessage((message) => message.text === 'before');

  const other = await linkClient(simulator, bob);
  await client.socket.sendMessage(bob.jid, { text: 'after' });

  await other.message('after');
  await other.stop();
});

test('a message that a client cannot decrypt is sent again under the same id', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  await client.message((await bob.send(alice, 'one')).id);
  await client.socket.sendMessage(bob.lidJid, { text: 'two' });
  await bob.waitForMessage((message) => message.text === 'two');
  await client.socket.signalRepository.deleteSession([bob.lidJid]);

  const sent = await bob.send(alice, 'three');

  await client.until(() =>
    client.messages.some(({ message }) => message.key.id === sent.id && textOf(message) === 'three'),
  );
  assert.ok(simulator.counters.retryReceiptsFromCompanions > 0);
});

test('a phone that cannot decrypt a message asks for it again, and then has it', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  await client.socket.sendMessage(bob.lidJid, { text: 'one' });
  await bob.waitForMessage((message) => message.text === 'one');
  await client.message((await bob.send(alice, 'two')).id);
  bob.forgetSessions(alice);
  const before = simulator.counters.undecryptable;

  await client.socket.sendMessage(bob.lidJid, { text: 'three' });

  const received = await bob.waitForMessage((message) => message.text === 'three');
  assert.equal(received.failedDecryptions, 1);
  assert.equal(simulator.counters.undecryptable, before + 1);
});

test("message ids look as those of the handset's system", async () => {
  const android = simulator.addPhone({ name: 'Android' });
  const ios = simulator.addPhone({ name: 'iPhone', deviceIsAndroid: false });

  assert.match((await android.send(ios, 'hello')).id, /^[0-9A-F]{32}$/);
  assert.match((await ios.send(android, 'hello')).id, /^3A[0-9A-F]{18}$/);
  assert.equal((await ios.send(android, 'hello', { id: 'CHOSEN' })).id, 'CHOSEN');
});

test('the client finds out who is on WhatsApp', async () => {
  const bob = simulator.addPhone({ name: 'Bob' });
  const found = await client.socket.onWhatsApp(bob.number, '49999999999');
  assert.deepEqual(found, [{ jid: bob.jid, exists: true }]);
});

test('writing to a number that nobody has is refused', async () => {
  await assert.rejects(alice.send('49999999999', 'hello'), { code: 'unknown_phone' });
});

/** How messages of this phone to Alice's client are encrypted, from now on. */
function encryptionKinds(from: Phone): () => string[] {
  const stanzas = receivedBy(alice);
  return () =>
    stanzas()
      .filter(
        ({ tag, attrs }) =>
          tag === 'message' && (attrs['from'] === from.lidJid || attrs['from'] === from.jid),
      )
      .map(({ content }) => (Array.isArray(content) ? (content[0]?.attrs['type'] ?? '') : ''));
}

/** Everything that the server sends to this phone's client, from now on. */
function receivedBy(phone: Phone): () => Stanza[] {
  const stanzas: Stanza[] = [];
  simulator.on('stanza', ({ direction, number, stanza }) => {
    if (direction === 'out' && number === phone.number) stanzas.push(stanza);
  });
  return () => stanzas;
}
