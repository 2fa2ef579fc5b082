import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });
alice.addContact(bob);

const jpeg = Buffer.from('a picture');

test('a client hears of a contact’s new picture, fetches it, and hears that it is gone', async () => {
  bob.profile.setPicture(jpeg);
  await client.until(() => changesOf(bob.lidJid).length === 1);
  const url = (await client.socket.profilePictureUrl(bob.jid, 'image')) ?? '';
  assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), jpeg);

  bob.profile.setPicture(null);
  await client.until(() => changesOf(bob.lidJid).length === 2);
  assert.deepEqual(
    changesOf(bob.lidJid).map(({ imgUrl }) => imgUrl),
    ['changed', 'removed'],
  );
  await assert.rejects(client.socket.profilePictureUrl(bob.jid), /item-not-found/);
  assert.equal((await fetch(url)).status, 404);
});

test('a client reads what somebody writes about himself, and changes its own', async () => {
  bob.profile.setAbout('At the beach');
  const [about] = (await client.socket.fetchStatus(bob.jid)) ?? [];
  assert.equal((about as { status?: { status?: string } } | undefined)?.status?.status, 'At the beach');
  await client.socket.updateProfileStatus('Busy');
  assert.equal(alice.profile.about, 'Busy');
  await client.until(() => alice.companion?.queued === 0);
});

test('a new name comes with the next message, and as a setting to the own client', async () => {
  bob.profile.rename('Robert');
  const { id } = await bob.send(alice, 'hello');
  assert.equal((await client.message(id)).pushName, 'Robert');
  alice.profile.rename('Alicia');
  await client.until(() => client.state.creds.me?.name === 'Alicia');
});

test('a client changes its name', async () => {
  await client.socket.updateProfileName('Ali');
  await client.until(() => alice.name === 'Ali');
  const { id } = await alice.send(bob, 'it is me');
  assert.equal((await client.message(id)).key.fromMe, true);
});

test('what a blocked contact writes does not arrive, and what it writes later does', async () => {
  const news = () => client.events('blocklist.update');
  alice.profile.block(bob);
  await client.until(() => news().length === 1);
  assert.deepEqual(await client.socket.fetchBlocklist(), [bob.lidJid]);
  const lost = await bob.send(alice, 'can you hear me?');
  bob.presence.type(alice);
  bob.call(alice);

  alice.profile.unblock(bob);
  await client.until(() => news().length === 2);
  assert.deepEqual(news(), [
    { blocklist: [bob.lidJid], type: 'add' },
    { blocklist: [bob.lidJid], type: 'remove' },
  ]);
  await client.message((await bob.send(alice, 'and now?')).id);
  assert.ok(!client.messages.some(({ message }) => message.key.id === lost.id));
  assert.ok(!alice.messages.some(({ id }) => id === lost.id));
  assert.deepEqual(client.events('presence.update'), []);
  assert.deepEqual(client.events('call'), []);
});

test('a client blocks and unblocks', async () => {
  await client.socket.updateBlockStatus(bob.lidJid, 'block');
  assert.deepEqual(alice.profile.blocked, [bob.number]);
  await client.socket.updateBlockStatus(bob.lidJid, 'unblock');
  assert.deepEqual(alice.profile.blocked, []);
});

function changesOf(jid: string) {
  return client
    .events('contacts.update')
    .flat()
    .filter(({ id, imgUrl }) => id === jid && imgUrl !== undefined);
}
