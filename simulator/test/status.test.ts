import assert from 'node:assert/strict';
import { test } from 'node:test';
import { location, revoke } from '@eazewa/simulator';
import { linkClient, textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });
const carol = simulator.addPhone({ name: 'Carol' });
bob.addContact(alice);

for (const addressing of ['lid', 'pn'] as const) {
  test(`a contact's status posts arrive under ${addressing}`, async () => {
    const [first, second] = [
      await bob.postStatus('my day', { addressing }),
      await bob.postStatus(location({ latitude: 1.5, longitude: 2.5 }), { addressing }),
    ];

    const [text, place] = [await client.message(first.id), await client.message(second.id)];
    assert.equal(textOf(text), 'my day');
    assert.equal(place.message?.locationMessage?.degreesLatitude, 1.5);
    assert.equal(text.key.remoteJid, 'status@broadcast');
    assert.equal(text.key.participant, addressing === 'lid' ? bob.lidJid : bob.jid);
    assert.equal(text.broadcast, true);
    await client.until(() => alice.companion?.queued === 0);
  });

  test(`a message of a broadcast list arrives under ${addressing} from the list, with its writer`, async () => {
    const { id } = await bob.sendToList([alice, carol], 'to many', {
      addressing,
      list: '1699999999@broadcast',
    });

    const received = await client.message(id);
    assert.equal(textOf(received), 'to many');
    assert.equal(received.key.remoteJid, '1699999999@broadcast');
    assert.equal(received.key.participant, addressing === 'lid' ? bob.lidJid : bob.jid);
    const atCarol = await carol.waitForMessage((message) => message.id === id);
    assert.deepEqual([atCarol.text, atCarol.from], ['to many', bob.number]);
    await client.until(() => alice.companion?.queued === 0);
  });
}

test('a status goes to whom it is for, and is read there', async () => {
  const { id } = await bob.postStatus('for Carol', { to: [carol] });
  const atCarol = await carol.waitForMessage((message) => message.id === id);
  assert.deepEqual([atCarol.text, atCarol.group], ['for Carol', 'status@broadcast']);
  await carol.read(id);
  const atHome = await bob.waitForMessage((message) => message.id === id && message.status === 'read');
  assert.deepEqual(atHome.confirmations, { [carol.number]: 'read' });
  assert.ok(!alice.messages.some((message) => message.id === id));
});

test('a status and a list of the own handset are with the client too', async () => {
  const status = await alice.postStatus('from the handset', { addressing: 'pn', to: [bob] });
  const list = await alice.sendToList([bob, carol], 'also from it', { addressing: 'pn' });
  const [own, many] = [await client.message(status.id), await client.message(list.id)];
  assert.deepEqual(
    [textOf(own), own.key.fromMe, own.key.remoteJid],
    ['from the handset', true, 'status@broadcast'],
  );
  assert.deepEqual([textOf(many), many.key.fromMe], ['also from it', true]);
  await client.until(() => alice.companion?.queued === 0);
});

test("a client's status reaches those whom it names", async () => {
  const sent = await client.socket.sendMessage(
    'status@broadcast',
    { text: 'from the client' },
    { statusJidList: [bob.jid], broadcast: true },
  );
  const atBob = await bob.waitForMessage(({ id }) => id === sent?.key.id);
  assert.deepEqual(
    [atBob.text, atBob.group, atBob.from],
    ['from the client', 'status@broadcast', alice.number],
  );
});

test('a status that cannot be decrypted is asked for again', async () => {
  const other = await linkClient(simulator, carol);
  await other.message((await bob.postStatus('one', { to: [carol] })).id);
  carol.forgetSenderKeys('status@broadcast');
  const { id } = await bob.postStatus('two', { to: [carol] });
  const again = await carol.waitForMessage((message) => message.id === id && message.text === 'two');
  assert.equal(again.failedDecryptions, 1);
  await other.stop();
});

test('what a phone cannot say about a status by itself is refused with the way that there is', async () => {
  const { id } = await bob.postStatus('gone soon');
  const refused = { code: 'invalid_request', message: /as a content/ };
  await assert.rejects(async () => bob.deleteForEveryone(id), refused);
  await assert.rejects(async () => alice.react(id, '👍'), refused);
  const key = { remoteJid: 'status@broadcast', fromMe: true, id };

  const deletion = await bob.postStatus(revoke(key));

  const received = await client.message(deletion.id);
  assert.equal(received.message?.protocolMessage?.key?.id, id);
});
