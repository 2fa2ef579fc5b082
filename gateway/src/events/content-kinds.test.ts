import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { assertShape, eventShapes } from './contract-shape-for-tests.ts';
import { anna, contextWith, messageFromAnna, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { MessageContent } from './translation.ts';

const bytes = Uint8Array.of(1, 2, 3);
const file = {
  url: 'https://mmg.whatsapp.net/v/x.enc',
  directPath: '/v/x.enc',
  mimetype: 'image/jpeg',
  mediaKey: bytes,
  mediaKeyTimestamp: 1669994800,
  fileSha256: bytes,
  fileEncSha256: bytes,
  fileLength: 1234,
};
const info = { contextInfo: { expiration: 86400 } };

/** Each kind of content, the type it makes and what must stand in the message. */
const kinds: [string, MessageContent, Partial<MessageData>][] = [
  ['text', { conversation: 'x' }, { type: 'chat', body: 'x' }],
  [
    'text with a link preview',
    { extendedTextMessage: { text: 'www.example.com', title: 'T', description: 'D', ...info } },
    { type: 'chat', title: 'T', description: 'D', isEphemeral: true },
  ],
  [
    'image',
    { imageMessage: { ...file, caption: 'look', width: 10, height: 20 } },
    { type: 'image', body: 'look', hasMedia: true, mediaKey: 'AQID' },
  ],
  [
    'gif',
    { videoMessage: { ...file, gifPlayback: true, seconds: 3 } },
    { type: 'video', isGif: true, duration: '3' },
  ],
  ['round video', { ptvMessage: { ...file, seconds: 3 } }, { type: 'video', isGif: false }],
  [
    'voice note',
    { audioMessage: { ...file, ptt: true, seconds: 7 } },
    { type: 'ptt', duration: '7', body: '' },
  ],
  ['audio', { audioMessage: { ...file, ptt: false } }, { type: 'audio', hasMedia: true }],
  [
    'document with a caption',
    {
      documentWithCaptionMessage: {
        message: { documentMessage: { ...file, fileName: 'a.pdf', caption: 'the bill' } },
      },
    },
    { type: 'document', body: 'the bill' },
  ],
  ['sticker', { stickerMessage: file }, { type: 'sticker', body: '' }],
  ['album', { albumMessage: { expectedImageCount: 2 } }, { type: 'album' }],
  [
    'location',
    {
      locationMessage: {
        degreesLatitude: 52.5,
        degreesLongitude: 13.4,
        name: 'Home',
        address: 'Street 1',
        jpegThumbnail: bytes,
      },
    },
    {
      type: 'location',
      body: 'AQID',
      location: {
        latitude: 52.5,
        longitude: 13.4,
        name: 'Home',
        address: 'Street 1',
        description: 'Home\nStreet 1',
      },
    },
  ],
  [
    'live location',
    { liveLocationMessage: { degreesLatitude: 1, degreesLongitude: 2 } },
    { type: 'location', location: { latitude: 1, longitude: 2, description: '' } },
  ],
  [
    'contact',
    { contactMessage: { displayName: 'B', vcard: 'BEGIN:VCARD' } },
    { type: 'vcard', vCards: ['BEGIN:VCARD'] },
  ],
  [
    'contacts',
    { contactsArrayMessage: { contacts: [{ vcard: 'A' }, { vcard: 'B' }] } },
    { type: 'multi_vcard', vCards: ['A', 'B'], body: '' },
  ],
  [
    'invitation',
    { groupInviteMessage: { groupJid: '1203@g.us', inviteCode: 'c', inviteExpiration: 9, groupName: 'G' } },
    {
      type: 'groups_v4_invite',
      inviteV4: {
        inviteCode: 'c',
        inviteCodeExp: 9,
        groupId: '1203@g.us',
        groupName: 'G',
        fromId: anna.id,
        toId: '491709999999@c.us',
      },
    },
  ],
  [
    'poll',
    {
      messageContextInfo: { messageSecret: bytes },
      pollCreationMessageV3: {
        name: 'Q?',
        options: [{ optionName: 'a' }, { optionName: 'b' }],
        selectableOptionsCount: 1,
      },
    },
    {
      type: 'poll_creation',
      body: 'Q?',
      pollName: 'Q?',
      pollOptions: [
        { name: 'a', localId: 0 },
        { name: 'b', localId: 1 },
      ],
      allowMultipleAnswers: false,
      messageSecret: [1, 2, 3],
    },
  ],
  ['event', { eventMessage: { name: 'Party' } }, { type: 'scheduled_event_creation', body: 'Party' }],
  [
    'order',
    { orderMessage: { orderId: 'o', token: 't', message: 'm' } },
    { type: 'order', orderId: 'o', token: 't' },
  ],
  [
    'product',
    { productMessage: { businessOwnerJid: anna.phone, product: { productId: 'p', title: 'T' } } },
    { type: 'product', productId: 'p', title: 'T', businessOwnerJid: anna.id },
  ],
  ['list', { listMessage: { title: 'T', description: 'D' } }, { type: 'list', title: 'T', description: 'D' }],
  [
    'answer to a list',
    { listResponseMessage: { title: 'Row', singleSelectReply: { selectedRowId: 'r1' } } },
    { type: 'list_response', body: 'Row', selectedRowId: 'r1' },
  ],
  [
    'answer to buttons',
    { buttonsResponseMessage: { selectedButtonId: 'b1', selectedDisplayText: 'Yes' } },
    { type: 'buttons_response', body: 'Yes', selectedButtonId: 'b1' },
  ],
  [
    'answer to a template',
    { templateButtonReplyMessage: { selectedId: 's1', selectedDisplayText: 'Ok' } },
    { type: 'template_button_reply', body: 'Ok', selectedButtonId: 's1' },
  ],
  [
    'interactive',
    { interactiveMessage: { body: { text: 'Choose' } } },
    { type: 'interactive', body: 'Choose' },
  ],
  ['payment', { sendPaymentMessage: {} }, { type: 'payment' }],
  ['call log', { callLogMesssage: { isVideo: true } }, { type: 'call_log' }],
  ['something new', { holographicMessage: { depth: 3 } }, { type: 'unknown', body: '' }],
  [
    'something new in a list',
    { richResponseMessage: { text: 'from a bot' } },
    { type: 'unknown', body: 'from a bot' },
  ],
];

for (const [name, content, expected] of kinds) {
  test(`${name} becomes a message of its type with exactly the keys of the contract`, () => {
    const { events } = recorded(translate(messageFromAnna(content), contextWith()));
    assert.deepEqual(
      events.map((event) => event.name),
      ['message_create', 'message'],
    );
    for (const event of events) assertShape(event.data, eventShapes.get(event.name) ?? null);
    const [created] = events;
    assert.ok(created?.name === 'message_create');
    const message = new Map(Object.entries(created.data.message));
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(message.get(key), value, key);
  });
}

test('what is not text keeps its whole content in _data, with bytes as base64', () => {
  const content = { imageMessage: { ...file, jpegThumbnail: bytes, scanLengths: [1, 2], caption: null } };
  const [created] = recorded(translate(messageFromAnna(content), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  const { _data: raw } = created.data.message;
  assert.deepEqual(raw.content, {
    imageMessage: {
      ...file,
      mediaKey: 'AQID',
      fileSha256: 'AQID',
      fileEncSha256: 'AQID',
      jpegThumbnail: 'AQID',
      scanLengths: [1, 2],
    },
  });
  assert.equal(raw.directPath, '/v/x.enc');
  assert.equal(raw.filehash, 'AQID');
  assert.equal(raw.size, 1234);
  assert.equal(raw.deprecatedMms3Url, 'https://mmg.whatsapp.net/v/x.enc');
});

test('text does not repeat its content in _data', () => {
  const [created] = recorded(translate(messageFromAnna({ conversation: 'x' }), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  assert.equal(created.data.message._data.content, undefined);
});
