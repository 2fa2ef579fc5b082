import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { anna, contextWith, drainOf, messageFromAnna, own, receivedAt, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { Context, InboxRow, MessageContent } from './translation.ts';

test('a received text is message_create and then message, with every field of the contract', () => {
  const { events, messages } = recorded(translate(messageFromAnna({ conversation: 'Hi' }), contextWith()));
  const expected = {
    _data: {
      id: {
        fromMe: false,
        remote: '491701234567@c.us',
        id: '3AEB0A1B2C3D4E5F6071',
        _serialized: 'false_491701234567@c.us_3AEB0A1B2C3D4E5F6071',
      },
      viewed: false,
      body: 'Hi',
      type: 'chat',
      t: 1669994807,
      notifyName: 'Anna',
      from: '491701234567@c.us',
      to: '491709999999@c.us',
      ack: 1,
      isNewMsg: true,
      star: false,
      recvFresh: true,
      broadcast: false,
      mentionedJidList: [],
      isForwarded: false,
      hasReaction: false,
      isEphemeral: false,
      isStatusV3: false,
      links: [],
      lid: '153978989985921@lid',
    },
    id: {
      fromMe: false,
      remote: '491701234567@c.us',
      id: '3AEB0A1B2C3D4E5F6071',
      _serialized: 'false_491701234567@c.us_3AEB0A1B2C3D4E5F6071',
    },
    ack: 1,
    hasMedia: false,
    body: 'Hi',
    type: 'chat',
    timestamp: 1669994807,
    from: '491701234567@c.us',
    to: '491709999999@c.us',
    deviceType: 'ios',
    isForwarded: false,
    forwardingScore: 0,
    isStatus: false,
    isStarred: false,
    broadcast: false,
    fromMe: false,
    hasQuotedMsg: false,
    hasReaction: false,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    isEphemeral: false,
    links: [],
  };
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  // As text, so that the order of the keys counts too.
  assert.equal(JSON.stringify(events[0]?.data), JSON.stringify({ message: expected }));
  assert.equal(JSON.stringify(events[1]?.data), JSON.stringify({ message: expected, media: null }));
  assert.deepEqual(messages, [{ id: '3AEB0A1B2C3D4E5F6071', fromMe: false, ack: 1, data: expected }]);
});

test('the sender is the phone number whenever anything tells it, else the LID', () => {
  const byLid = { sender_pn: '' };
  const cases: [string, Record<string, string>, Partial<Context>, string][] = [
    ['told by the stanza', {}, {}, anna.id],
    ['known to the store', byLid, { otherForm: new Map([[anna.lid, anna.phone]]) }, anna.id],
    ['addressed by phone', { from: anna.phone, sender_pn: '', sender_lid: anna.lid }, {}, anna.id],
    ['not known', byLid, {}, anna.lid],
  ];
  for (const [what, attrs, context, from] of cases) {
    const message = firstMessage(messageFromAnna({ conversation: 'x' }, attrs), context);
    assert.equal(message.from, from, what);
    assert.equal(message.id.remote, from, what);
    assert.equal(message._data.lid, anna.lid, what);
  }
});

test('a message from the own handset is message_create only, to the chat it was sent to', () => {
  const row = messageFromAnna(
    { deviceSentMessage: { destinationJid: anna.phone, message: { conversation: 'from my phone' } } },
    {
      from: '900000000000001:0@lid',
      sender_pn: own.phone,
      recipient: anna.lid,
      peer_recipient_pn: anna.phone,
    },
  );
  const { events } = recorded(translate(row, contextWith()));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_create'],
  );
  const message = firstMessage(row);
  assert.equal(message.from, '491709999999@c.us');
  assert.equal(message.to, anna.id);
  assert.equal(message.fromMe, true);
  assert.equal(message.id._serialized, `true_${anna.id}_3AEB0A1B2C3D4E5F6071`);
  assert.equal(message.body, 'from my phone');
  assert.equal(message.ack, 1);
});

test('the chat of an own message is the one its content names when the stanza names none', () => {
  const content = { deviceSentMessage: { destinationJid: anna.phone, message: { conversation: 'x' } } };
  assert.equal(firstMessage(messageFromAnna(content, { from: own.phone, sender_pn: '' })).to, anna.id);
});

test('a group message names the group and its author', () => {
  const attrs = {
    from: '120363025246125486@g.us',
    participant: anna.lid,
    participant_pn: anna.phone,
    sender_pn: '',
  };
  const message = firstMessage(messageFromAnna({ conversation: 'to all' }, attrs));
  assert.equal(message.from, '120363025246125486@g.us');
  assert.equal(message.to, '491709999999@c.us');
  assert.equal(message.author, anna.id);
  assert.equal(message._data.author, anna.id);
  assert.equal(message.id.participant, anna.id);
  assert.equal(message.id._serialized, `false_120363025246125486@g.us_3AEB0A1B2C3D4E5F6071_${anna.id}`);
});

test('a status is told as one', () => {
  const attrs = { from: 'status@broadcast', participant: anna.phone, sender_pn: '' };
  const message = firstMessage(messageFromAnna({ conversation: 'my day' }, attrs));
  assert.equal(message.isStatus, true);
  assert.equal(message.broadcast, true);
  assert.equal(message._data.isStatusV3, true);
  assert.equal(message.from, 'status@broadcast');
  assert.equal(message.author, anna.id);
});

test('a text says whom it answers, mentions, forwards and links to, and whether it disappears', () => {
  const message = firstMessage(
    messageFromAnna({
      extendedTextMessage: {
        text: 'see https://example.com/a_(b), @153978989985921',
        contextInfo: {
          stanzaId: '3EB0QUOTED',
          participant: own.phone,
          remoteJid: anna.lid,
          quotedMessage: { extendedTextMessage: { text: 'when?' } },
          mentionedJid: [anna.lid, own.lid],
          groupMentions: [{ groupJid: '120363@g.us', groupSubject: 'Team' }],
          isForwarded: true,
          forwardingScore: 4,
          expiration: 604800,
        },
      },
    }),
  );
  assert.equal(message.type, 'chat');
  assert.equal(message.body, 'see https://example.com/a_(b), @153978989985921');
  assert.equal(message.hasQuotedMsg, true);
  assert.deepEqual(message._data.quotedMsg, { type: 'chat', body: 'when?' });
  assert.equal(message._data.quotedStanzaID, '3EB0QUOTED');
  assert.equal(message._data.quotedParticipant, '491709999999@c.us');
  assert.equal(message._data.quotedRemoteJid, anna.id);
  assert.deepEqual(message.mentionedIds, [anna.id, '491709999999@c.us']);
  assert.deepEqual(message.groupMentions, [{ groupSubject: 'Team', groupJid: '120363@g.us' }]);
  assert.equal(message.isForwarded, true);
  assert.equal(message.forwardingScore, 4);
  assert.equal(message.isEphemeral, true);
  assert.equal(message._data.ephemeralDuration, 604800);
  assert.deepEqual(message.links, [{ link: 'https://example.com/a_(b)', isSuspicious: false }]);
});

test('what advertisement led to a text is told, and only when there was one', () => {
  const externalAdReply = { title: 'A bike', body: 'Used', mediaType: 1, thumbnail: Uint8Array.of(1) };
  const cases: [MessageContent, unknown][] = [
    [
      { externalAdReply, conversionData: Uint8Array.of(2) },
      { conversionData: 'Ag==', description: 'Used', title: 'A bike', thumbnail: 'AQ==', mediaType: 1 },
    ],
    [{ conversionSource: 'FB_Ads' }, { conversionSource: 'FB_Ads' }],
    [{ externalAdReply: {} }, undefined],
  ];
  for (const [contextInfo, expected] of cases) {
    const message = firstMessage(messageFromAnna({ extendedTextMessage: { text: 'hi', contextInfo } }));
    assert.deepEqual(message._data.ctwaContext, expected);
  }
});

test('wrappers are taken off, however they are nested', () => {
  const inner = { extendedTextMessage: { text: 'inside' } };
  const cases: [MessageContent, Partial<MessageData>][] = [
    [{ ephemeralMessage: { message: inner } }, { isEphemeral: true }],
    [{ viewOnceMessageV2: { message: inner } }, { isEphemeral: false }],
    [{ ephemeralMessage: { message: { viewOnceMessage: { message: inner } } } }, { isEphemeral: true }],
    [{ groupMentionedMessage: { message: inner } }, {}],
  ];
  for (const [content, expected] of cases) {
    const message = firstMessage(messageFromAnna(content));
    assert.equal(message.body, 'inside');
    assert.equal(message.type, 'chat');
    if (expected.isEphemeral !== undefined) assert.equal(message.isEphemeral, expected.isEphemeral);
  }
  const viewOnce = firstMessage(messageFromAnna({ viewOnceMessageV2: { message: inner } }));
  assert.equal(viewOnce._data.isViewOnce, true);
});

test('the device is told from the message id', () => {
  const cases: [string, string][] = [
    ['3EB0C431C26A1916E07A48', 'web'],
    ['3AEB0A1B2C3D4E5F6071', 'ios'],
    ['AC0E5F6071AABBCCDDEEFF0011223344', 'android'],
  ];
  for (const [id, deviceType] of cases) {
    assert.equal(firstMessage(messageFromAnna({ conversation: 'x' }, { id })).deviceType, deviceType);
  }
});

test('a message without a time has the time of its arrival', () => {
  const message = firstMessage(messageFromAnna({ conversation: 'x' }, { t: 'soon' }));
  assert.equal(message.timestamp, Math.floor(receivedAt / 1000));
});

test('what receivers do not hear of is ignored with the reason', () => {
  const cases: [MessageContent, RegExp][] = [
    [{ senderKeyDistributionMessage: { groupId: 'x' } }, /^internal: only senderKeyDistributionMessage$/],
    [{ protocolMessage: { type: 0, key: {} } }, /^malformed: REVOKE$/],
    [{ protocolMessage: { key: { id: 'x' } } }, /^malformed: a message that somebody else wrote is deleted$/],
    [{ protocolMessage: { type: 'APP_STATE_SYNC_KEY_SHARE' } }, /^internal: APP_STATE_SYNC_KEY_SHARE$/],
    [{ protocolMessage: { type: 5 } }, /^internal: HISTORY_SYNC_NOTIFICATION$/],
    [{ protocolMessage: { type: 999 } }, /^unknown: protocol message 999$/],
    [{ editedMessage: { message: { protocolMessage: { type: 14 } } } }, /^malformed: MESSAGE_EDIT$/],
    [{ reactionMessage: { text: '👍' } }, /^malformed: a reaction$/],
    [{ pollUpdateMessage: {} }, /^malformed: a vote$/],
    [{ encReactionMessage: {} }, /^malformed: an encrypted reaction$/],
    [{ encCommentMessage: {} }, /^malformed: an encrypted comment$/],
    [{ secretEncryptedMessage: { secretEncType: 99 } }, /^undecryptable: an encrypted change/],
    [{ encEventResponseMessage: {} }, /^internal: an answer to an event, which is no event/],
    [{ keepInChatMessage: {} }, /^internal: a disappearing message is kept, which is no event$/],
    [{ pinInChatMessage: {} }, /^internal: a message is pinned in its chat, which is no event$/],
    [{ protocolMessage: { type: 3, ephemeralExpiration: 60 } }, /^internal: EPHEMERAL_SETTING$/],
  ];
  for (const [content, reason] of cases) {
    const result = translate(messageFromAnna(content), contextWith());
    assert.equal(result.do, 'ignore');
    assert.match(result.reason, reason);
  }
});

test('content that nobody knows is told as unknown, also when its field is not even in the schema', () => {
  const beside = { messageContextInfo: { messageSecret: new Uint8Array(32) } };
  for (const content of [{}, beside, { anotherMessage: { text: 'x' } }]) {
    assert.equal(firstMessage(messageFromAnna(content)).type, 'unknown');
  }
});

test('a malformed stanza is ignored, visibly', () => {
  const cases: [Record<string, string>, string][] = [
    [{ id: '' }, 'malformed: a message without a usable id'],
    [{ id: 'a\u0000b' }, 'malformed: a message without a usable id'],
    [{ from: '' }, 'malformed: the sender is missing or no jid'],
    [{ recipient: anna.phone }, 'malformed: it has a recipient and is not from the own number'],
    [{ from: '1203@g.us' }, 'malformed: the participant is missing or no jid'],
  ];
  for (const [attrs, reason] of cases) {
    assert.deepEqual(translate(messageFromAnna({ conversation: 'x' }, attrs), contextWith()), {
      do: 'ignore',
      reason,
    });
  }
});

test('a message that is recorded is not recorded again, under whichever address it comes', () => {
  const drain = drainOf();
  const byLid = messageFromAnna({ conversation: 'x' }, { sender_pn: '' });
  assert.equal(drain.take(byLid).do, 'record');
  assert.equal(drain.take(byLid).do, 'ignore');
  assert.equal(drain.take(messageFromAnna({ conversation: 'x' })).do, 'ignore');
  const byPhone = messageFromAnna({ conversation: 'x' }, { from: anna.phone, sender_pn: '' });
  assert.equal(drain.take(byPhone).do, 'ignore');
});

test('a message of another chat with the same id is another message', () => {
  const drain = drainOf();
  assert.equal(drain.take(messageFromAnna({ conversation: 'x' })).do, 'record');
  const other = messageFromAnna(
    { conversation: 'y' },
    { from: '491700000000@s.whatsapp.net', sender_pn: '' },
  );
  assert.equal(drain.take(other).do, 'record');
});

test('the identities of a message do not depend on the address it came under', () => {
  const known = {
    otherForm: new Map([
      [anna.lid, anna.phone],
      [anna.phone, anna.lid],
    ]),
  };
  const rows = [
    messageFromAnna({ conversation: 'x' }),
    messageFromAnna({ conversation: 'x' }, { sender_pn: '' }),
    messageFromAnna({ conversation: 'x' }, { from: anna.phone, sender_pn: '' }),
    messageFromAnna(
      { conversation: 'x' },
      { from: '491701234567:9@s.whatsapp.net', sender_lid: anna.lid, t: '1' },
    ),
  ];
  const identities = rows.map((row) =>
    JSON.stringify(recorded(translate(row, contextWith(known))).events.map(({ identity }) => identity)),
  );
  assert.equal(new Set(identities).size, 1);
  const [one] = rows;
  assert.ok(one !== undefined);
  const { events } = recorded(translate(one, contextWith()));
  assert.notEqual(events[0]?.identity, events[1]?.identity);
});

function firstMessage(row: InboxRow, context: Partial<Context> = {}): MessageData {
  const [first] = recorded(translate(row, contextWith(context))).events;
  assert.ok(first?.name === 'message_create');
  return first.data.message;
}
