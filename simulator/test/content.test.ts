import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  album,
  botAnswer,
  botInvocation,
  buttonReply,
  buttons,
  callLog,
  comment,
  contact,
  contacts,
  disappearing,
  forwarded,
  groupInvite,
  inAlbum,
  interactive,
  interactiveReply,
  linkPreview,
  list,
  listReply,
  liveLocation,
  location,
  mention,
  order,
  payment,
  paymentRequest,
  poll,
  product,
  reply,
  scheduledEvent,
  template,
  templateReply,
  unknownKind,
  viewOnce,
} from '@eazewa/simulator';
import { proto } from 'baileys';
import { textOf } from './support/client.ts';
import { linkedAlice } from './support/linked-alice.ts';

const { simulator, alice, client } = await linkedAlice();
const bob = simulator.addPhone({ name: 'Bob' });
const group = bob.createGroup('Club', [alice]);

const start = 1_800_000_000;
const choice = { id: 'yes', text: 'Yes' };
const place = { latitude: 52.5, longitude: 13.25, name: 'Office', address: 'Main Street 1' };
const target = { remoteJid: bob.lidJid, fromMe: false, id: 'ABC' };

const kinds: Record<string, proto.IMessage> = {
  'an answer': reply({ id: 'ABC', from: bob.number, content: { conversation: 'when?' } }, 'now'),
  'a mention': mention(`@${alice.number} and all of @${group.jid}`, [alice], [group]),
  'a forwarded text': forwarded('news', 5),
  'a text that disappears': disappearing('soon gone', 86_400),
  'a text to be seen once': viewOnce({ extendedTextMessage: { text: 'psst' } }),
  'a link preview': linkPreview('see https://example.com', {
    link: 'https://example.com',
    title: 'Example',
    description: 'An example',
    thumbnail: Buffer.from('jpeg'),
  }),
  'a location': location({ ...place, url: 'https://example.com', thumbnail: Buffer.from('map') }),
  'a live location': liveLocation({ ...place, caption: 'on my way', sequence: 3, offset: 60, speed: 1.5 }),
  'a contact': contact(bob),
  'several contacts': contacts([alice, bob]),
  'a poll with one choice': poll('Tea?', ['yes', 'no']),
  'a poll with any choice': poll('When?', ['Monday', 'Tuesday'], { selectable: 0 }),
  'an event': scheduledEvent({ name: 'Party', description: 'At ours', start, end: start + 60, place }),
  buttons: buttons('Tea?', [choice], 'the kitchen'),
  'a pressed button': buttonReply(choice),
  'a list': list({
    title: 'Menu',
    description: 'Choose',
    button: 'Open',
    sections: [{ title: 'Drinks', rows: [choice] }],
  }),
  'a chosen row': listReply({ ...choice, description: 'with milk' }),
  'a template': template('Tea?', [choice, { url: 'https://example.com', text: 'Site' }], {
    title: 'Shop',
    footer: 'foot',
  }),
  'a pressed template button': templateReply(choice, 1),
  'an interactive message': interactive({
    text: 'Go',
    title: 'Shop',
    buttons: [{ name: 'cta_url', params: { url: 'https://example.com' } }],
  }),
  'an answer to a flow': interactiveReply('flow', { a: 1 }, 'Done'),
  'a product': product({
    id: '7',
    title: 'Tea',
    description: 'Green',
    price1000: 4500,
    currency: 'EUR',
    owner: bob,
  }),
  'an order': order({
    id: '9',
    token: 't',
    title: 'Cart',
    seller: alice,
    items: 2,
    total1000: 9000,
    currency: 'EUR',
  }),
  'an invitation': groupInvite({ group, code: 'CODE', expires: start, text: 'Join' }),
  'a payment': payment('for lunch'),
  'a request of a payment': paymentRequest({
    note: 'lunch',
    amount1000: 5000,
    currency: 'EUR',
    from: alice,
    expires: start,
  }),
  'an album': album({ images: 2, videos: 1 }),
  'a part of an album': inAlbum({ imageMessage: { mimetype: 'image/jpeg' } }, 'ALBUM', bob.lidJid),
  'a call': callLog({ video: true, outcome: 'MISSED', participants: [bob] }),
  'a comment': comment('well', target),
  'a call of a bot': botInvocation('@Meta AI hello', '867051314767696@bot'),
  'an answer of a bot': botAnswer('Hello!'),
};

for (const [kind, content] of Object.entries(kinds)) {
  test(`${kind} arrives as it was sent: from a contact, in a group, from the own handset`, async () => {
    const sent = [
      await bob.send(alice, content),
      await bob.send(alice, content, { addressing: 'pn' }),
      await bob.send(group, content),
      await alice.send(bob, content),
      await alice.send(group, content),
    ];
    for (const { id } of sent) {
      const { message } = await client.message(id);
      assert.deepEqual(seen(message), seen(content));
    }
  });
}

test('a field that no client knows arrives as an empty message', async () => {
  const [received, own] = [await bob.send(alice, unknownKind()), await alice.send(bob, unknownKind())];
  for (const { id } of [received, own]) assert.deepEqual(seen((await client.message(id)).message), {});
  const atBob = await bob.waitForMessage(({ id }) => id === own.id);
  assert.deepEqual(seen(atBob.content), {});
});

test('a phone answers in the chat that the message was in, and names its writer as the chat does', async () => {
  const direct = await alice.waitForMessage(({ id, from }) => from === bob.number && id !== '');
  const one = await alice.reply(direct, 'yes');
  const inGroup = await bob.send(group, 'who?');
  const asked = await alice.waitForMessage(({ id }) => id === inGroup.id);
  const two = await alice.reply(asked, 'me');

  const [first, second] = [await client.message(one.id), await client.message(two.id)];
  assert.equal(first.key.remoteJid, bob.lidJid);
  assert.equal(first.message?.extendedTextMessage?.contextInfo?.participant, bob.lidJid);
  assert.equal(second.key.remoteJid, group.jid);
  assert.equal(textOf(second), 'me');
  const context = second.message?.extendedTextMessage?.contextInfo;
  assert.deepEqual([context?.stanzaId, context?.participant], [inGroup.id, bob.lidJid]);
  assert.equal(context?.quotedMessage?.conversation, 'who?');
});

/** A content as plain values, without what the transport adds. */
function seen(content: proto.IMessage | null | undefined): object {
  const { senderKeyDistributionMessage: _, ...rest } = proto.Message.toObject(
    proto.Message.decode(proto.Message.encode(content ?? {}).finish()),
    { bytes: String, longs: Number },
  );
  return rest;
}
