import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageData } from './message-data.ts';
import { contactsOf } from './contacts.ts';
import { unwrapped } from './content.ts';
import { needs } from './needs.ts';
import { anna, contextWith, own, receipt, recorded, stanza, stored } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { Context, InboxRow, Recipients, StoredMessage } from './translation.ts';

const group = '120363025246125486@g.us';
const ben = '2@lid';
const id = '3EB0AAAAAAAAAAAAAAAAAA';

function sent(ack: StoredMessage['data']['ack'], chat = group): StoredMessage {
  const data = messageData({
    own,
    contacts: contactsOf([], contextWith()),
    address: { chat, sender: own.phone, fromMe: true },
    id,
    ack,
    timestamp: 1669994900,
    unwrapped: unwrapped({ conversation: 'hello' }),
    kind: { is: 'message', type: 'chat', field: 'conversation' },
  });
  return { id, fromMe: true, ack, data };
}

function ofMember(member: string, type = '', attrs: Record<string, string> = {}): InboxRow {
  return receipt({ from: group, participant: member, ...(type === '' ? {} : { type }), ...attrs });
}

/** A message that is at `ack`, with the members at these levels. */
function at(
  ack: StoredMessage['data']['ack'],
  acks: Record<string, number>,
  isComplete = true,
): Partial<Context> {
  const recipients: Recipients = { isComplete, acks: new Map(Object.entries(acks)) };
  return { ...stored(sent(ack)), recipients: new Map([[id, recipients]]) };
}

function result(row: InboxRow, parts: Partial<Context>) {
  const { events, messages, confirmations } = recorded(translate(row, contextWith(parts)));
  assert.deepEqual(
    messages.map(({ ack }) => ack),
    events.flatMap((event) => (event.name === 'message_ack' ? [event.data.ack] : [])),
  );
  return { acks: messages.map(({ ack }) => ack), confirmations };
}

test('a message is received, read and played when it is so with all', () => {
  const cases: [string, string, Record<string, number>, number, number[]][] = [
    ['the first of two has it', '', { [anna.lid]: 1, [ben]: 1 }, 1, []],
    ['the second of two has it', '', { [anna.lid]: 1, [ben]: 2 }, 1, [2]],
    ['the first of two reads it', 'read', { [anna.lid]: 2, [ben]: 2 }, 2, []],
    ['the second of two reads it', 'read', { [anna.lid]: 2, [ben]: 3 }, 2, [3]],
    ['the last plays it', 'played', { [anna.lid]: 3, [ben]: 4 }, 3, [4]],
    ['the last has it, the others have read it', '', { [anna.lid]: 1, [ben]: 3 }, 1, [2]],
    ['all at once', 'read', { [anna.lid]: 1 }, 1, [3]],
    ['it overtakes the ack of the server', '', { [anna.lid]: 1, [ben]: 1 }, 0, [1]],
  ];
  for (const [what, type, acks, before, after] of cases) {
    const level = { '': 2, read: 3, played: 4 }[type];
    assert.deepEqual(
      result(ofMember(anna.lid, type), at(before as 0 | 1 | 2 | 3, acks)),
      { acks: after, confirmations: [{ messageId: id, recipient: anna.lid, ack: level }] },
      what,
    );
  }
});

test('what was confirmed before, and less than that, is no news', () => {
  for (const [type, known] of [
    ['', 2],
    ['', 3],
    ['read', 3],
    ['read', 4],
  ] as const) {
    const translated = translate(
      ofMember(anna.lid, type),
      contextWith(at(2, { [anna.lid]: known, [ben]: 2 })),
    );
    assert.deepEqual(translated, { do: 'ignore', reason: 'repeated: the receipt says nothing new' });
  }
});

test('a recipient is found under both addresses', () => {
  const noted = at(1, { [anna.phone]: 1 });
  const byLid = result(ofMember(anna.lid, '', { participant_pn: anna.phone }), noted);
  assert.deepEqual(byLid, { acks: [2], confirmations: [{ messageId: id, recipient: anna.phone, ack: 2 }] });
  const otherForm = new Map([[anna.lid, anna.phone]]);
  const byPhone = result(ofMember(anna.phone), { ...at(1, { [anna.lid]: 1 }), otherForm });
  assert.deepEqual(byPhone, { acks: [2], confirmations: [{ messageId: id, recipient: anna.lid, ack: 2 }] });
  assert.deepEqual(needs(ofMember(anna.phone.replace('@', ':2@')), own).addresses, [anna.phone]);
});

test('while the recipients are not known nothing further than 1 is told, and what they confirm is kept', () => {
  assert.deepEqual(result(ofMember(ben, 'read'), at(1, {}, false)), {
    acks: [],
    confirmations: [{ messageId: id, recipient: ben, ack: 3 }],
  });
  assert.deepEqual(result(ofMember(ben, 'read'), at(0, { [ben]: 2 }, false)).acks, [1]);
});

test('who came later counts for nothing', () => {
  const translated = translate(ofMember('9@lid', 'read'), contextWith(at(1, { [anna.lid]: 1 })));
  assert.equal(translated.do, 'ignore');
});

test('a receipt may list messages, or recipients', () => {
  const other = { ...sent(1), id: 'B2', data: { ...sent(1).data, id: { ...sent(1).data.id, id: 'B2' } } };
  const complete = {
    isComplete: true,
    acks: new Map([
      [anna.lid, 1],
      [ben, 2],
    ]),
  };
  const parts = {
    ...stored(sent(1), other),
    recipients: new Map([
      [id, complete],
      ['B2', complete],
    ]),
  };
  const list = [stanza('list', {}, [stanza('item', { id: 'B2' })])];
  const row = receipt({ from: group, participant: anna.lid, type: 'read' }, list);
  assert.deepEqual(needs(row, own).recipientsOf, [id, 'B2']);
  assert.deepEqual(result(row, parts).acks, [2, 2]);

  const users = [
    stanza('user', { jid: anna.lid, t: '1' }),
    stanza('user', { jid: '2:5@lid' }),
    stanza('user', {}),
  ];
  const ofAll = receipt({ from: group, type: 'read' }, [stanza('participants', { key: id }, users)]);
  assert.deepEqual(result(ofAll, at(1, { [anna.lid]: 1, [ben]: 1 })).acks, [3]);
});

test('a message of ours that got its receipt before its ack is created by it', () => {
  const outgoing = { id, to: group, content: { conversation: 'hello' }, createdAt: 1669994898000 };
  const recipients = new Map([
    [
      id,
      {
        isComplete: true,
        acks: new Map([
          [anna.lid, 1],
          [ben, 1],
        ]),
      },
    ],
  ]);
  const { events, messages } = recorded(
    translate(ofMember(anna.lid), contextWith({ outgoing: new Map([[id, outgoing]]), recipients })),
  );
  assert.deepEqual(
    events.map((event) =>
      event.name === 'message_create' || event.name === 'message_ack'
        ? [event.name, event.data.message.ack]
        : [],
    ),
    [
      ['message_create', 0],
      ['message_ack', 1],
    ],
  );
  assert.deepEqual(
    messages.map(({ ack }) => ack),
    [1],
  );
});

test('a receipt for a message that is not known waits until all is replayed, and is no news then', () => {
  const waiting = translate(ofMember(anna.lid), contextWith({ offlineSyncEnded: false }));
  assert.equal(waiting.do, 'wait');
  assert.equal(translate(ofMember(anna.lid), contextWith()).do, 'ignore');
});

test('each other receipt of many is ignored with the reason', () => {
  const cases: [InboxRow, RegExp][] = [
    [ofMember(own.lid ?? '', 'read'), /^internal: a receipt of an own device$/],
    [ofMember(anna.lid, 'read', { recipient: ben }), /^internal: a receipt for a message of somebody else$/],
    [ofMember('x'), /^malformed: a receipt that does not say whose it is$/],
    [receipt({ from: group }), /^malformed: a receipt that does not say whose it is$/],
    [ofMember(anna.lid, '', { id: '' }), /^malformed: a receipt without a usable id$/],
    [receipt({ from: group, id: '' }, [stanza('participants', {}, 'text')]), /^malformed: /],
    [ofMember(anna.lid, 'inactive'), /^internal: a receipt of type inactive/],
  ];
  for (const [row, reason] of cases) {
    const translated = translate(row, contextWith());
    assert.ok(translated.do === 'ignore' && reason.test(translated.reason), JSON.stringify(translated));
  }
});

test('lists and status are counted by the recipients that their message named', () => {
  const recipients = new Map([[id, { isComplete: true, acks: new Map([[anna.lid, 1]]) }]]);
  for (const from of ['1234@broadcast', 'status@broadcast']) {
    const row = receipt({ from, participant: anna.lid, type: 'read' });
    assert.deepEqual(result(row, { ...stored(sent(1, from)), recipients }).acks, [3]);
  }
});

test('an own message to a list names its recipients, whose receipts are counted then', () => {
  const to = [
    stanza('to', { jid: anna.lid, peer_recipient_pn: anna.phone }),
    stanza('to', { jid: anna.lid }),
    stanza('to', { jid: own.lid ?? '' }),
    stanza('to', { jid: 'x' }),
    stanza('to', { jid: '491702222222@s.whatsapp.net' }),
  ];
  const row = (from: string, participant: string | null): InboxRow => ({
    kind: 'message',
    seq: 1,
    receivedAt: 1_669_994_900_000,
    content: { conversation: 'to all' },
    stanza: stanza('message', { from, id, t: '1669994900', participant: participant ?? '' }, [
      stanza('participants', {}, to),
    ]),
  });
  const list = row('1234@broadcast', own.lid);
  assert.deepEqual(needs(list, own).learned, [{ lid: anna.lid, phone: anna.phone }]);
  assert.deepEqual(recorded(translate(list, contextWith())).sentTo, [
    { messageId: id, recipients: [anna.lid, '491702222222@s.whatsapp.net'] },
  ]);
  for (const other of [row(group, own.lid), row('1234@broadcast', anna.lid)])
    assert.equal(recorded(translate(other, contextWith())).sentTo, undefined);
});
