import assert from 'node:assert/strict';
import { test } from 'node:test';
import { location } from '@eazewa/simulator';
import { textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const [bob, carol] = [simulator.addPhone({ name: 'Bob' }), simulator.addPhone({ name: 'Carol' })];
const channel = bob.channels.create('News', 'What is new');
alice.channels.follow(channel);

test('a channel’s posts arrive at those who follow it, handsets and clients', async () => {
  const text = bob.channels.post(channel, 'good morning');
  const place = bob.channels.post(channel, location({ latitude: 1.5, longitude: 2.5 }));

  const received = await client.message(text.id);
  assert.deepEqual([received.key.remoteJid, textOf(received)], [channel.jid, 'good morning']);
  assert.equal((await client.message(place.id)).message?.locationMessage?.degreesLatitude, 1.5);
  const atHandset = await alice.waitForMessage(({ id }) => id === text.id);
  assert.deepEqual([atHandset.text, atHandset.from], ['good morning', channel.jid]);
  assert.deepEqual(carol.messages, []);
  await client.until(() => alice.companion?.queued === 0);
});

test('reactions and views are told to clients', async () => {
  const { serverId } = bob.channels.post(channel, 'look');
  carol.channels.react(channel, serverId, '👍');
  carol.channels.view(channel, serverId);

  await client.until(() => client.events('newsletter.view').length > 0);
  assert.deepEqual(client.events('newsletter.reaction'), [
    { id: channel.jid, server_id: String(serverId), reaction: { code: '👍', count: 1 } },
  ]);
  assert.deepEqual(client.events('newsletter.view'), [
    { id: channel.jid, server_id: String(serverId), count: 1 },
  ]);
});

test('a client posts to its own channel and reacts in others', async () => {
  const own = alice.channels.create('Alice’s');
  bob.channels.follow(own);
  const sent = await client.socket.sendMessage(own.jid, { text: 'from the client' });
  const atBob = await bob.waitForMessage(({ id }) => id === sent?.key.id);
  assert.equal(atBob.text, 'from the client');

  const { serverId } = bob.channels.post(channel, 'react to this');
  await client.socket.newsletterReactMessage(channel.jid, String(serverId), '🎉');
  assert.deepEqual([...channel.post(serverId).reactions.values()], ['🎉']);
  await client.socket.newsletterReactMessage(channel.jid, String(serverId));
  assert.equal(channel.post(serverId).reactions.size, 0);
});

test('a client leaves and follows a channel, and reads its name', async () => {
  await client.socket.newsletterUnfollow(channel.jid);
  assert.equal(channel.followers.size, 0);
  await client.socket.newsletterFollow(channel.jid);
  assert.equal(channel.followers.size, 1);
  const found = (await client.socket.newsletterMetadata('jid', channel.jid)) as unknown as {
    thread_metadata: { name: { text: string } };
  };
  assert.equal(found.thread_metadata.name.text, 'News');
});

test('only its owner may post to a channel', () => {
  assert.throws(() => carol.channels.post(channel, 'mine'), { code: 'not_an_admin' });
  assert.throws(() => carol.channels.follow('1@newsletter'), { code: 'unknown_channel' });
  assert.throws(() => carol.channels.react(channel, 1, '👍'), { code: 'unknown_message' });
});
