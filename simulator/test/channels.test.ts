import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { location, mediaOf, poll } from '@eazewa/simulator';
import type { Stanza } from '@eazewa/simulator';
import { proto } from 'baileys';
import { bytesOf, child, children, elements, node } from '../src/stanza/node.ts';
import { textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const [bob, carol] = [simulator.addPhone({ name: 'Bob' }), simulator.addPhone({ name: 'Carol' })];
const channel = bob.channels.create('News', 'What is new');
alice.channels.follow(channel);
/** All that the client gets. */
const sent: Stanza[] = [];
simulator.on('stanza', ({ direction, stanza }) => {
  if (direction === 'out') sent.push(stanza);
});

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

for (const kind of ['image', 'video', 'voice', 'document', 'sticker'] as const) {
  test(`a posted ${kind} is on the media host as it is, without a key`, async () => {
    const bytes = Buffer.from(`a whole ${kind}`);
    const caption = kind === 'image' || kind === 'video' ? { caption: 'look' } : {};
    const { id, file } = bob.channels.postMedia(channel, { kind, bytes, ...caption });

    const media = mediaOf((await client.message(id)).message ?? undefined);
    assert.deepEqual([media?.kind, media?.fields.caption ?? undefined], [kind, caption.caption]);
    assert.deepEqual(
      [media?.fields.directPath, Number(media?.fields.fileLength)],
      [file.directPath, bytes.length],
    );
    assert.equal(media?.fields.mediaKey?.length ?? 0, 0);
    assert.deepEqual(Buffer.from(file.bytes), bytes);
    await alice.waitForMessage((message) => message.id === id);
    assert.deepEqual((await alice.download(id)).bytes, bytes);
  });
}

test('nothing in a channel is seen only once, and a damaged file is noticed', async () => {
  const bytes = Buffer.from('a picture');
  assert.throws(() => bob.channels.postMedia(channel, { kind: 'image', bytes, viewOnce: true }), {
    code: 'invalid_request',
  });
  const { id } = bob.channels.post(channel, {
    imageMessage: {
      directPath: simulator.media.files.at(-1)?.directPath ?? '',
      fileSha256: Buffer.alloc(32),
    },
  });
  await alice.waitForMessage((message) => message.id === id);
  await assert.rejects(alice.download(id), { code: 'media_damaged' });
});

test('an edited post comes again under its own id, with all that it says and both times', async () => {
  const text = bob.channels.post(channel, 'good mornign');
  const picture = bob.channels.postMedia(channel, {
    kind: 'image',
    bytes: Buffer.from('a cat'),
    caption: 'a cta',
  });
  bob.channels.edit(channel, text.serverId, 'good morning again');
  bob.channels.edit(channel, picture.serverId, 'a cat');

  const edit = await client.until(() => stanzaOf(text.id, '3'));
  const { editedAtMs } = channel.post(text.serverId);
  assert.deepEqual(child(edit, 'meta')?.attrs, {
    msg_edit_t: String(editedAtMs),
    original_msg_t: String(text.timestamp),
  });
  assert.equal(textOf(await client.message('good morning again')), 'good morning again');
  const captioned = await client.until(() =>
    client.messages.find(({ message }) => message.message?.imageMessage?.caption === 'a cat'),
  );
  assert.equal(captioned.message.message?.imageMessage?.directPath, picture.file.directPath);
  const atHandset = await alice.waitForMessage(({ id, isEdited }) => id === text.id && isEdited === true);
  assert.deepEqual([atHandset.text, atHandset.timestamp], ['good morning again', text.timestamp]);
});

test('a deleted post comes again under its own id with nothing in it', async () => {
  const { id, serverId, timestamp } = bob.channels.post(channel, 'never mind');
  bob.channels.delete(channel, serverId);

  const { attrs, ...deletion } = await client.until(() => stanzaOf(id, '8'));
  assert.deepEqual([attrs['type'], attrs['server_id']], ['text', String(serverId)]);
  assert.deepEqual(child({ attrs, ...deletion }, 'meta')?.attrs, { original_msg_t: String(timestamp) });
  assert.equal(child({ attrs, ...deletion }, 'plaintext')?.content, undefined);
  const atHandset = await alice.waitForMessage((message) => message.id === id && message.isDeleted === true);
  assert.equal(atHandset.text, undefined);
  assert.throws(() => bob.channels.edit(channel, serverId, 'once more'), { code: 'unknown_message' });
  await client.until(() => alice.companion?.queued === 0);
});

test('a client that looks at a channel hears how many reactions, votes and views there are, and of whom nothing', async () => {
  const { serverId } = bob.channels.post(channel, poll('Tea?', ['yes', 'no']));
  carol.channels.react(channel, serverId, '😮');
  assert.equal(updatesOf(serverId).length, 0);
  await client.socket.subscribeNewsletterUpdates(channel.jid);
  carol.channels.react(channel, serverId, '👍');
  bob.channels.react(channel, serverId, '👍');
  carol.channels.vote(channel, serverId, ['yes']);
  carol.channels.view(channel, serverId);

  const last = await client.until(() => updatesOf(serverId)[3]);
  assert.deepEqual(childrenOf(last, 'reactions'), [{ code: '👍', count: '2' }]);
  assert.deepEqual(childrenOf(last, 'votes'), [{ count: '1' }]);
  assert.deepEqual(child(last, 'views_count')?.attrs, { count: '1' });
  const fetched: Stanza = await client.socket.newsletterFetchMessages(channel.jid, 1, 0, 0);
  const [newest] = elements(child(child(fetched, 'message_updates'), 'messages'));
  assert.deepEqual(childrenOf(newest, 'reactions'), [{ code: '👍', count: '2' }]);
  assert.throws(() => carol.channels.vote(channel, serverId, ['maybe']), { code: 'invalid_request' });
});

test('a client hears which of its own account reacts and votes, by the number of the post', async () => {
  const { serverId } = bob.channels.post(channel, poll('Coffee?', ['yes', 'no']));
  alice.channels.react(channel, serverId, '👍');
  alice.channels.react(channel, serverId, '');
  alice.channels.vote(channel, serverId, ['no']);

  const told = await client.until(() => {
    const own = outgoing('message').filter(({ attrs }) => attrs['server_id'] === String(serverId));
    return own.length === 4 && own.slice(1);
  });
  assert.deepEqual(
    told.map(({ attrs }) => [attrs['type'], attrs['edit'], attrs['is_sender']]),
    [
      ['reaction', undefined, 'true'],
      ['reaction', '7', 'true'],
      ['poll', undefined, 'true'],
    ],
  );
  assert.deepEqual(child(told[0], 'reaction')?.attrs, { code: '👍' });
  assert.deepEqual(
    bytesOf(child(child(told[2], 'votes'), 'vote')),
    createHash('sha256').update('no').digest(),
  );
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

test('a client edits and deletes its own post under its id, and votes in the polls of others', async () => {
  const own = alice.channels.create('Alice’s other one');
  const id = (await client.socket.sendMessage(own.jid, { text: 'helo' }))?.key.id ?? '';
  const post = await client.until(() => own.posts.find((one) => one.id === id));
  const plaintext = proto.Message.encode({ conversation: 'hello' }).finish();
  await ask({ to: own.jid, id, type: 'text', edit: '3' }, [node('plaintext', {}, plaintext)]);
  assert.deepEqual([post.content.conversation, post.editedAtMs === undefined], ['hello', false]);
  await ask({ to: own.jid, id, type: 'text', edit: '8' }, [node('plaintext')]);
  assert.ok(post.deletedAt);

  const { serverId } = bob.channels.post(channel, poll('Juice?', ['yes', 'no']));
  const hash = createHash('sha256').update('yes').digest();
  const vote = [node('meta', { polltype: 'vote' }), node('votes', {}, [node('vote', {}, hash)])];
  await ask({ to: channel.jid, id: 'VOTE', type: 'poll', server_id: String(serverId) }, vote);
  assert.deepEqual([...channel.post(serverId).votes.values()], [['yes']]);

  const unknown = await ask({ to: own.jid, id: 'NEVER', type: 'text', edit: '8' }, [node('plaintext')]);
  assert.equal(unknown.attrs['error'], '404');
  const others = { to: channel.jid, id: channel.posts[0]?.id ?? '', type: 'text', edit: '8' };
  assert.equal((await ask(others, [node('plaintext')])).attrs['error'], '403');
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

function outgoing(tag: string): Stanza[] {
  return sent.filter((stanza) => stanza.tag === tag);
}

function stanzaOf(id: string, edit: string): Stanza | undefined {
  return outgoing('message').find(({ attrs }) => attrs['id'] === id && attrs['edit'] === edit);
}

/** Writes to a channel, with what Baileys itself does not; gives the server's answer. */
async function ask(attrs: Record<string, string>, content: Stanza[]): Promise<Stanza> {
  const before = sent.length;
  await client.socket.sendNode(node('message', attrs, content));
  return client.until(() =>
    sent.slice(before).find((stanza) => stanza.tag === 'ack' && stanza.attrs['id'] === attrs['id']),
  );
}

/** What live updates say of a post, each time. */
function updatesOf(serverId: number): Stanza[] {
  const messages = outgoing('notification').flatMap((notification) =>
    elements(child(child(notification, 'live_updates'), 'messages')),
  );
  return messages.filter(({ attrs }) => attrs['server_id'] === String(serverId));
}

/** The attributes of what is in a part of a post. */
function childrenOf(post: Stanza | undefined, part: 'reactions' | 'votes') {
  const tag = part === 'reactions' ? 'reaction' : 'vote';
  return children(child(post, part), tag).map(({ attrs }) => attrs);
}
