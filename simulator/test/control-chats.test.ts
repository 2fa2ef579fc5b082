import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ControlClient, startSimulator } from '@eazewa/simulator';
import type { RemoteContent } from '@eazewa/simulator';
import { linkClient, textOf } from './support/client.ts';

const simulator = await startSimulator({ controlPort: 0 });
const control = new ControlClient(simulator.controlUrl ?? '');
const alice = simulator.addPhone({ name: 'Alice' });
const bob = simulator.addPhone({ name: 'Bob' });
const client = await linkClient(simulator, alice);
after(async () => {
  await client.stop();
  await simulator.stop();
});

const choice = { id: 'yes', text: 'Yes' };
/** Each kind with the field of the content that it must make. */
const kinds: [RemoteContent, string][] = [
  [
    { kind: 'link', text: 'see https://example.com', link: 'https://example.com', title: 'An example' },
    'extendedTextMessage',
  ],
  [{ kind: 'location', latitude: -52.5, longitude: 13.25, name: 'Office' }, 'locationMessage'],
  [{ kind: 'live-location', latitude: 52.5, longitude: 13.25, sequence: 2 }, 'liveLocationMessage'],
  [{ kind: 'contact', name: 'Anna', number: '491701234567' }, 'contactMessage'],
  [{ kind: 'contacts', contacts: [{ name: 'Anna', number: '491701234567' }] }, 'contactsArrayMessage'],
  [{ kind: 'poll', question: 'Tea?', options: ['yes', 'no'] }, 'pollCreationMessageV3'],
  [{ kind: 'event', name: 'Party', start: 1_800_000_000 }, 'eventMessage'],
  [
    { kind: 'invite', group: '1@g.us', subject: 'Club', code: 'CODE', expires: 1_800_000_000 },
    'groupInviteMessage',
  ],
  [{ kind: 'product', product: '7', title: 'Tea', owner: bob.lidJid, price1000: 4500 }, 'productMessage'],
  [{ kind: 'order', order: '9', token: 't', title: 'Cart', seller: bob.lidJid, items: 2 }, 'orderMessage'],
  [{ kind: 'payment', note: 'for lunch' }, 'sendPaymentMessage'],
  [
    { kind: 'payment-request', note: 'lunch', amount1000: 5000, currency: 'EUR', from: bob.lidJid },
    'requestPaymentMessage',
  ],
  [{ kind: 'buttons', text: 'Tea?', choices: [choice] }, 'buttonsMessage'],
  [{ kind: 'button-reply', choice }, 'buttonsResponseMessage'],
  [
    {
      kind: 'list',
      title: 'Menu',
      description: 'Choose',
      button: 'Open',
      sections: [{ title: 'Drinks', rows: [choice] }],
    },
    'listMessage',
  ],
  [{ kind: 'list-reply', choice }, 'listResponseMessage'],
  [{ kind: 'template', text: 'Tea?', choices: [choice] }, 'templateMessage'],
  [{ kind: 'template-reply', choice, index: 1 }, 'templateButtonReplyMessage'],
  [
    { kind: 'interactive', text: 'Go', buttons: [{ name: 'quick_reply', params: { id: 'a' } }] },
    'interactiveMessage',
  ],
  [{ kind: 'interactive-reply', name: 'flow', params: { a: 1 } }, 'interactiveResponseMessage'],
  [{ kind: 'album', images: 2 }, 'albumMessage'],
  [{ kind: 'call-log', video: true, outcome: 'MISSED' }, 'callLogMesssage'],
  [{ kind: 'comment', text: 'well', chat: '1@newsletter', message: 'ABC' }, 'commentMessage'],
  [{ kind: 'bot-invocation', text: 'hello', bot: '1@bot' }, 'botInvokeMessage'],
  [{ kind: 'bot-answer', text: 'Hello!' }, 'conversation'],
  [{ kind: 'content', content: { keepInChatMessage: { keepType: 1 } } }, 'keepInChatMessage'],
  [{ text: 'soon gone', disappears: 60 }, 'ephemeralMessage'],
  [{ text: 'psst', viewOnce: true }, 'viewOnceMessageV2'],
  [{ text: 'hi', mentions: [alice.number], forwarded: 2 }, 'extendedTextMessage'],
];

for (const [what, field] of kinds) {
  test(`${what.kind ?? field} is sent by a request`, async () => {
    const { id } = await control.send(bob.number, alice.number, what);
    const { message } = await client.message(id);
    assert.ok(message && field in message, JSON.stringify(message));
  });
}

test('a request that lacks a field, or names no kind, is refused with what to change', async () => {
  await assert.rejects(send({ kind: 'location', latitude: 1 }), {
    code: 'invalid_request',
    message: '"longitude" must be a number.',
  });
  await assert.rejects(send({ kind: 'poll', question: 'x' }), { message: '"options" is missing.' });
  await assert.rejects(send({ kind: 'never' }), { message: /^"kind" must be one of: text, link, location/ });
  await assert.rejects(send({ kind: 'buttons', text: 'x', choices: 'y' }), {
    message: '"choices" must be a list of objects.',
  });
  await assert.rejects(send({ text: 'x', reply: 'NEVER' }), { code: 'unknown_message' });
});

test('an answer names the message that it answers', async () => {
  const asked = await control.send(alice.number, bob.number, 'when?');
  const { id } = await control.send(bob.number, alice.number, { text: 'now', reply: asked.id });
  const { message } = await client.message(id);
  assert.equal(message?.extendedTextMessage?.contextInfo?.stanzaId, asked.id);
});

test('status, broadcast lists and channels are written by requests', async () => {
  const { chats } = control;
  await chats.addContacts(bob.number, alice.number);
  const status = await chats.postStatus(bob.number, { text: 'my day' });
  const list = await chats.sendToList(bob.number, [alice.number], { text: 'to many' });
  assert.equal((await client.message(status.id)).key.remoteJid, 'status@broadcast');
  assert.equal(textOf(await client.message(list.id)), 'to many');

  const { jid } = await chats.createChannel(bob.number, 'News');
  await chats.follow(alice.number, jid);
  const post = await chats.postToChannel(bob.number, jid, { kind: 'location', latitude: 1, longitude: 2 });
  assert.equal((await client.message(post.id)).message?.locationMessage?.degreesLongitude, 2);
  await chats.reactInChannel(alice.number, jid, post.serverId, '👍');
  await chats.viewInChannel(alice.number, jid, post.serverId);
  const tea = await chats.postToChannel(bob.number, jid, {
    kind: 'poll',
    question: 'Tea?',
    options: ['yes', 'no'],
  });
  await chats.voteInChannel(alice.number, jid, tea.serverId, ['yes']);
  const base64 = Buffer.from('a picture').toString('base64');
  const picture = await chats.postMediaToChannel(bob.number, jid, {
    kind: 'image',
    base64,
    caption: 'a cta',
  });
  await chats.editInChannel(bob.number, jid, picture.serverId, 'a cat');
  const wrong = await chats.postToChannel(bob.number, jid, { text: 'wrong' });
  await chats.deleteInChannel(bob.number, jid, wrong.serverId);
  const [channel] = await chats.channels();
  assert.deepEqual(channel?.followers, [alice.number]);
  const [place, question, file, deleted] = channel?.posts ?? [];
  assert.deepEqual([place?.reactions, place?.views], [['👍'], 1]);
  assert.deepEqual([question?.votes, question?.isEdited], [['yes'], false]);
  assert.deepEqual([file?.media?.caption, file?.isEdited], ['a cat', true]);
  assert.deepEqual([deleted?.id, deleted?.isDeleted, deleted?.text], [wrong.id, true, undefined]);
  await chats.unfollow(alice.number, jid);
  assert.deepEqual((await chats.channels())[0]?.followers, []);
});

test('typing, profiles and blocking are changed by requests', async () => {
  const { chats } = control;
  await chats.subscribe(alice.number, bob.number);
  await chats.show(bob.number, true);
  await chats.act(bob.number, alice.number, 'recording');
  assert.deepEqual(await chats.presence(alice.number, bob.number), { isOnline: true, activity: 'recording' });
  const empty = await fetch(`${simulator.controlUrl}/phones/${alice.number}/presence`, {
    method: 'POST',
    body: '{}',
  });
  assert.deepEqual(await empty.json(), {
    error: 'invalid_request',
    message: '"online", "is" or "subscribe" is missing.',
  });

  await chats.changeProfile(bob.number, { name: 'Robert', about: 'Busy', picture: 'cGljdHVyZQ==' });
  await chats.block(bob.number, alice.number);
  assert.deepEqual(await chats.profile(bob.number), {
    name: 'Robert',
    about: 'Busy',
    hasPicture: true,
    blocked: [alice.number],
  });
  await chats.changeProfile(bob.number, { about: '', picture: '' });
  await chats.block(bob.number, alice.number, false);
  assert.deepEqual(await chats.profile(bob.number), {
    name: 'Robert',
    about: '',
    hasPicture: false,
    blocked: [],
  });
});

/** For what the types would not allow. */
function send(what: object) {
  return control.send(bob.number, alice.number, what as RemoteContent);
}
