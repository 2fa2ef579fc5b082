import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { EventBody, MessageData } from '@eazewa/sdk/events';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { typeOrigins } from './message-types-for-tests.ts';
import { assertAsOriginal } from './original-for-tests.ts';
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
  [
    'document whose name stands in its title',
    { documentMessage: { ...file, title: 'b.pdf' } },
    { type: 'document', body: 'b.pdf' },
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
  [
    'product with a picture',
    { productMessage: { body: 'New', product: { productId: 'p', title: 'T', productImage: file } } },
    { type: 'product', body: 'New', hasMedia: true, mediaKey: 'AQID' },
  ],
  ['list', { listMessage: { title: 'T', description: 'D' } }, { type: 'list', title: 'T', description: 'D' }],
  [
    'answer to a list',
    { listResponseMessage: { title: 'Row', singleSelectReply: { selectedRowId: 'r1' } } },
    { type: 'list_response', body: 'Row', selectedRowId: 'r1' },
  ],
  [
    'answer to a list with a description only',
    { listResponseMessage: { description: 'Below', singleSelectReply: { selectedRowId: 'r1' } } },
    { type: 'list_response', body: '\nBelow', selectedRowId: 'r1' },
  ],
  ['answer to a list without its choice', { listResponseMessage: { title: 'Row' } }, { body: 'Row' }],
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
  [
    'payment that is asked for',
    {
      requestPaymentMessage: {
        currencyCodeIso4217: 'BRL',
        amount1000: 2500,
        requestFrom: anna.phone,
        noteMessage: { extendedTextMessage: { text: 'lunch' } },
      },
    },
    { type: 'payment', body: 'lunch' },
  ],
  [
    'text with buttons',
    {
      buttonsMessage: {
        text: 'Your order',
        contentText: 'Is it right?',
        footerText: 'Shop',
        buttons: [{ buttonId: 'b1', buttonText: { displayText: 'Yes' }, type: 1 }],
      },
    },
    {
      type: 'chat',
      title: 'Your order',
      body: 'Is it right?',
      dynamicReplyButtons: [{ buttonId: 'b1', buttonText: { displayText: 'Yes' }, type: 1 }],
    },
  ],
  [
    'picture with buttons',
    { buttonsMessage: { imageMessage: file, contentText: 'This one?', buttons: [{ buttonId: 'b1' }] } },
    { type: 'image', body: 'This one?', hasMedia: true, mediaKey: 'AQID' },
  ],
  [
    'video with buttons',
    { buttonsMessage: { videoMessage: { ...file, seconds: 3 }, contentText: 'This one?' } },
    { type: 'video', body: 'This one?', hasMedia: true, duration: '3' },
  ],
  [
    'template',
    {
      templateMessage: {
        hydratedFourRowTemplate: {
          hydratedTitleText: 'Flight',
          hydratedContentText: 'Gate 4',
          hydratedButtons: [{ index: 0, quickReplyButton: { displayText: 'Ok', id: 'x' } }],
        },
      },
    },
    { type: 'chat', title: 'Flight', body: 'Gate 4' },
  ],
  [
    'template below a place',
    {
      templateMessage: {
        hydratedTemplate: {
          locationMessage: { degreesLatitude: 1, degreesLongitude: 2 },
          hydratedContentText: 'Here',
        },
      },
    },
    { type: 'location', body: 'Here', location: { latitude: 1, longitude: 2, description: '' } },
  ],
  [
    'interactive with a header',
    { interactiveMessage: { header: { title: 'Menu', imageMessage: file }, body: { text: 'Choose' } } },
    { type: 'interactive', title: 'Menu', body: 'Choose', hasMedia: true },
  ],
  [
    'interactive with a captioned header and no text',
    { interactiveMessage: { header: { documentMessage: { ...file, caption: 'look' } } } },
    { type: 'interactive', body: '', hasMedia: true },
  ],
  [
    'template that is interactive',
    {
      templateMessage: {
        interactiveMessageTemplate: {
          header: { title: 'Menu', imageMessage: file, hasMediaAttachment: true },
          body: { text: 'Choose' },
          footer: { text: 'Shop' },
        },
      },
    },
    { type: 'interactive', title: 'Menu', body: 'Choose', hasMedia: true },
  ],
  [
    'poll without a limit and without a secret',
    { pollCreationMessage: { name: 'Q?', options: [], selectableOptionsCount: 0 } },
    { type: 'poll_creation', allowMultipleAnswers: true, messageSecret: [] },
  ],
  [
    'event with all there is',
    {
      messageContextInfo: { messageSecret: bytes },
      eventMessage: {
        name: 'Party',
        description: 'Bring a friend',
        startTime: 1738934614,
        endTime: 1738938214,
        joinLink: 'https://call.whatsapp.com/video/x',
        location: { degreesLatitude: 1, degreesLongitude: 2, name: 'Home' },
      },
    },
    { type: 'scheduled_event_creation', body: 'Party' },
  ],
  [
    'a place without a name',
    { locationMessage: { degreesLatitude: 1, degreesLongitude: 2, address: 'Street 1' } },
    { location: { latitude: 1, longitude: 2, name: 'Street 1', description: 'Street 1' } },
  ],
  [
    'forwarded to mentioned people and groups',
    {
      extendedTextMessage: {
        text: '@4917',
        contextInfo: {
          isForwarded: true,
          forwardingScore: 3,
          mentionedJid: [anna.phone],
          groupMentions: [{ groupJid: '1203@g.us', groupSubject: 'G' }],
        },
      },
    },
    {
      forwardingScore: 3,
      isForwarded: true,
      mentionedIds: [anna.id],
      groupMentions: [{ groupSubject: 'G', groupJid: '1203@g.us' }],
    },
  ],
  ['template that is not filled in', { highlyStructuredMessage: { elementName: 'e' } }, { type: 'hsm' }],
  ['call log', { callLogMesssage: { isVideo: true } }, { type: 'call_log' }],
  ['something new', { holographicMessage: { depth: 3 } }, { type: 'unknown', body: '' }],
  [
    'something new with a file',
    { stickerPackMessage: { ...file, name: 'Cats' } },
    { type: 'unknown', hasMedia: false },
  ],
  [
    'something new in a list',
    { richResponseMessage: { text: 'from a bot' } },
    { type: 'unknown', body: 'from a bot' },
  ],
];

for (const [name, content, expected] of kinds) {
  test(`${name} becomes a message of its type with exactly the keys of the contract, as whatsapp-web.js makes it`, () => {
    const { events } = recorded(translate(messageFromAnna(content), contextWith()));
    assert.deepEqual(
      events.map((event) => event.name),
      ['message_create', 'message'],
    );
    for (const { name, data } of events) {
      assertEventShape(name, data);
      assertAsOriginal({ event: name, instanceId: '33', data } as EventBody);
    }
    const [created] = events;
    assert.ok(created?.name === 'message_create');
    const message = new Map(Object.entries(created.data.message));
    for (const [key, value] of Object.entries(expected)) assert.deepEqual(message.get(key), value, key);
  });
}

test('each type of whatsapp-web.js is made of some content, or cannot be', () => {
  const { MessageTypes } = createRequire(import.meta.url)('whatsapp-web.js/src/util/Constants') as {
    MessageTypes: Record<string, string>;
  };
  assert.deepEqual(new Set(Object.keys(typeOrigins)), new Set(Object.values(MessageTypes)));
  const made = new Set(kinds.map(([, content]) => typeOf(content)));
  // These are no content: they are what is left when there is none.
  for (const type of ['revoked', 'ciphertext']) made.add(type);
  const expected = Object.entries(typeOrigins).flatMap(([type, origin]) => ('from' in origin ? [type] : []));
  assert.deepEqual([...made].toSorted(), expected.toSorted());
});

function typeOf(content: MessageContent): string {
  const [created] = recorded(translate(messageFromAnna(content), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  return created.data.message.type;
}

test('a quote says of what is quoted all that is known of it, and is there also without it', () => {
  const quoted = (quotedMessage: MessageContent) =>
    rawOf({
      extendedTextMessage: {
        text: 'this one?',
        contextInfo: { stanzaId: 'Q1', participant: anna.phone, quotedMessage },
      },
    });
  const cases: [MessageContent, object][] = [
    [
      { productMessage: { body: 'New', product: { productId: 'p', title: 'T', productImage: file } } },
      { type: 'product', body: 'New', caption: 'New', productId: 'p', title: 'T', directPath: '/v/x.enc' },
    ],
    [{ locationMessage: { degreesLatitude: 1, degreesLongitude: 2 } }, { type: 'location', lat: 1, lng: 2 }],
    [{ contactsArrayMessage: { contacts: [{ vcard: 'A' }] } }, { vcardList: [{ vcard: 'A' }] }],
    [{ orderMessage: { orderId: 'o' } }, { type: 'order', orderId: 'o' }],
    [{ documentMessage: { ...file, fileName: 'b.pdf' } }, { body: 'b.pdf', isCaptionByUser: false }],
  ];
  for (const [content, expected] of cases)
    assert.partialDeepStrictEqual(quoted(content).quotedMsg, expected, JSON.stringify(content));
  const contextInfo = { stanzaId: 'Q1', participant: anna.phone, remoteJid: 'status@broadcast' };
  const { quotedMsg, quotedStanzaID, quotedParticipant, quotedRemoteJid } = rawOf({
    extendedTextMessage: { text: 'nice', contextInfo },
  });
  assert.deepEqual(
    [quotedMsg, quotedStanzaID, quotedParticipant, quotedRemoteJid],
    [undefined, 'Q1', anna.id, 'status@broadcast'],
  );
});

test('only what is a part of something that WhatsApp Web knows says so', () => {
  assert.deepEqual(partOf(1, { id: 'P1', fromMe: true }), [`false_${anna.id}_P1`, 'MEDIA_ALBUM']);
  assert.deepEqual(partOf(16, { id: 'P1' }), [undefined, undefined]);
  assert.deepEqual(partOf(1, {}), [undefined, undefined]);
});

function partOf(associationType: number, parentMessageKey: object): (string | undefined)[] {
  const messageContextInfo = { messageAssociation: { associationType, parentMessageKey } };
  const raw = rawOf({ imageMessage: file, messageContextInfo });
  return [raw.parentMsgKey?._serialized, raw.associationType];
}

function rawOf(content: MessageContent): MessageData['_data'] {
  const [created] = recorded(translate(messageFromAnna(content), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  assertEventShape(created.name, created.data);
  return created.data.message._data;
}

test('what can be seen once says so, wrapped or not', () => {
  for (const content of [
    { viewOnceMessageV2: { message: { imageMessage: file } } },
    { imageMessage: { ...file, viewOnce: true } },
  ]) {
    const [created] = recorded(translate(messageFromAnna(content), contextWith())).events;
    assert.ok(created?.name === 'message_create');
    assert.equal(created.data.message._data.isViewOnce, true);
  }
});

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

test('what decrypts other messages of a group is told to nobody', () => {
  const key = { groupId: '1203@g.us', axolotlSenderKeyDistributionMessage: bytes };
  const content = { senderKeyDistributionMessage: key, stickerMessage: file };
  const [created] = recorded(translate(messageFromAnna(content), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  assert.deepEqual(Object.keys(created.data.message._data.content ?? {}), ['stickerMessage']);
});

test('text does not repeat its content in _data', () => {
  const [created] = recorded(translate(messageFromAnna({ conversation: 'x' }), contextWith())).events;
  assert.ok(created?.name === 'message_create');
  assert.equal(created.data.message._data.content, undefined);
});
