import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import {
  anna,
  contextWith,
  drainOf,
  messageFromAnna,
  own,
  receipt,
  receivedAt,
  recorded,
  sentAck,
  stanza,
} from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { EventDraft, InboxRow, MessageContent, PastMessage, Translation } from './translation.ts';

const id = '3AEB0A1B2C3D4E5F6071';
const ownId = '3EB0AAAAAAAAAAAAAAAAAA';
const hello = messageFromAnna({ conversation: 'hello' });
const group = '120363000000000001@g.us';

test('a reaction waits for its message until what WhatsApp kept has come', () => {
  const row = reaction('R1', '👍');
  const waiting = translate(row, contextWith({ offlineSyncEnded: false }));
  assert.deepEqual(waiting, {
    do: 'wait',
    reason: `the message ${id} that it is about is not known yet`,
  });
  const [event] = recorded(translate(row, contextWith())).events;
  assert.ok(event?.name === 'message_reaction');
  assertEventShape(event.name, event.data);
  assert.equal(event.data.reaction.msgId._serialized, `false_${anna.id}_${id}`);
});

test('a reaction needs its message, whichever side wrote it, and the addresses of all whom it names', () => {
  const key = { id, fromMe: false, remoteJid: group, participant: '7:2@lid' };
  const row = messageFromAnna({ reactionMessage: { key, text: 'x' } }, { id: 'R1' });
  const { chat, messages, addresses } = needs(row, own);
  assert.equal(chat, anna.lid);
  assert.deepEqual(messages, [
    { id: 'R1', fromMe: false },
    { id, fromMe: true },
    { id, fromMe: false },
  ]);
  assert.deepEqual(addresses, ['7@lid']);
});

test('a reaction is one event however often it comes, and an older one is none after a later one', () => {
  const drain = drainOf();
  drain.take(hello);
  assert.deepEqual(names(drain.take(reaction('R1', '👍', 2000))), ['message_reaction']);
  assert.match(ignored(drain.take(reaction('R1', '👍', 2000))), /^repeated: /);
  assert.match(ignored(drain.take(reaction('R0', '👎', 1000))), /^repeated: a later reaction/);
  assert.equal(drain.messages.get(`false_${id}`)?.data.hasReaction, true);
  drain.take(reaction('R2', '', 3000));
  assert.equal(drain.messages.get(`false_${id}`)?.data.hasReaction, false);
});

test('a message has reactions until the last of its people takes his back', () => {
  const drain = drainOf();
  const from = (participant: string, text: string, at: number) =>
    drain.take(
      inGroup(participant, `R${at}`, {
        reactionMessage: { key: groupKey(anna.lid), text, senderTimestampMs: at },
      }),
    );
  drain.take(inGroup(anna.lid, id, { conversation: 'hello all' }));
  from('5@lid', '👍', 1);
  from('6@lid', '👍', 2);
  from('5@lid', '', 3);
  assert.equal(drain.messages.get(`false_${id}`)?.data.hasReaction, true);
  from('6@lid', '', 4);
  assert.equal(drain.messages.get(`false_${id}`)?.data.hasReaction, false);
});

test('a message that comes after a reaction to it has one', () => {
  const drain = drainOf();
  assert.deepEqual(names(drain.take(reaction('R1', '👍'))), ['message_reaction']);
  const { events, messages } = recorded(drain.take(hello));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  assert.deepEqual([messages[0]?.data.hasReaction, messages[0]?.data._data.incomplete], [true, undefined]);
});

test('a key that names the sender as he is seen from here is his message all the same', () => {
  const drain = drainOf();
  drain.take(hello);
  const key = { id, fromMe: false, remoteJid: anna.phone };
  const [event] = recorded(
    drain.take(messageFromAnna({ reactionMessage: { key, text: '👍' } }, { id: 'R' })),
  ).events;
  assert.ok(event?.name === 'message_reaction');
  assert.equal(event.data.reaction.msgId.fromMe, false);
});

test('what is said about a message of a program that WhatsApp has not answered yet is told after the message', () => {
  const content = { conversation: 'offer' };
  const outgoing = { id: ownId, to: anna.lid, content, createdAt: receivedAt };
  const key = { id: ownId, fromMe: false };
  const row = messageFromAnna({ reactionMessage: { key, text: '👍' } }, { id: 'R1' });
  assert.deepEqual(needs(row, own).outgoing, [ownId]);
  const drain = drainOf({ outgoing: new Map([[ownId, outgoing]]), offlineSyncEnded: false });
  assert.deepEqual(names(drain.take(row)), ['message_create', 'message_ack', 'message_reaction']);
  assert.equal(drain.messages.get(`true_${ownId}`)?.data.hasReaction, true);
  assert.match(ignored(drain.take(sentAck())), /^repeated: /);
});

test('what an own device sends and is no message is not told when it is confirmed', () => {
  const drain = drainOf();
  drain.take(hello);
  const key = { id, fromMe: false, remoteJid: anna.lid };
  const sent: [string, MessageContent][] = [
    ['R1', { reactionMessage: { key, text: '👍' } }],
    ['P1', { pinInChatMessage: { key, type: 1 } }],
  ];
  for (const [changeId, message] of sent) {
    drain.take(messageFromOwnPhone(message, changeId));
    for (const type of ['', 'read'])
      assert.match(ignored(drain.take(receipt({ id: changeId, type }))), /^repeated: /);
  }
  // Nor while its message is still to come.
  const waiting = drainOf();
  waiting.take(messageFromAnna(null));
  waiting.take(messageFromOwnPhone({ reactionMessage: { key, text: '👍' } }, 'R2'));
  assert.match(ignored(waiting.take(receipt({ id: 'R2' }))), /^repeated: /);
});

test('a reaction to an own status is about the status', () => {
  const key = { id: ownId, fromMe: false, remoteJid: 'status@broadcast', participant: own.lid };
  const row = messageFromAnna({ reactionMessage: { key, text: '👍' } }, { id: 'R' });
  assert.equal(needs(row, own).chat, 'status@broadcast');
  const [event] = recorded(translate(row, contextWith())).events;
  assert.ok(event?.name === 'message_reaction');
  assert.equal(event.data.reaction.msgId._serialized, `true_status@broadcast_${ownId}_491709999999@c.us`);
  assert.equal(event.data.reaction.senderId, anna.id);
});

test('an edit in the wrapper alone, or under its own id, is an edit of the message', () => {
  const drain = drainOf();
  drain.take(hello);
  const wrapped = messageFromAnna(
    { editedMessage: { message: { conversation: 'two' } } },
    { t: '1669994900' },
  );
  assert.deepEqual(names(drain.take(wrapped)), ['message_edit']);
  assert.match(ignored(drain.take(wrapped)), /^repeated: /);
  const attr = messageFromAnna({ conversation: 'three' }, { edit: '3', t: '1669994901' });
  const [event] = recorded(drain.take(attr)).events;
  assert.ok(event?.name === 'message_edit');
  assert.deepEqual([event.data.prevBody, event.data.newBody], ['two', 'three']);
});

test('an older edit after a later one is no news, nor is one of a message that is deleted', () => {
  const drain = drainOf();
  drain.take(hello);
  drain.take(edit('E2', 'later', 2000));
  assert.match(ignored(drain.take(edit('E1', 'earlier', 1000))), /^repeated: /);
  drain.take(revoke('D1'));
  assert.match(ignored(drain.take(edit('E3', 'latest', 3000))), /^internal: /);
  assert.match(ignored(drain.take(revoke('D2'))), /^repeated: /);
});

test('a message that comes after its edit is told as the edit left it, and not at all after its deletion', () => {
  const drain = drainOf();
  assert.deepEqual(names(drain.take(edit('E1', 'new', 2000))), ['message_edit']);
  const [created] = recorded(drain.take(hello)).events;
  assert.ok(created?.name === 'message_create');
  assert.equal(created.data.message.body, 'new');
  assert.equal(created.data.message.latestEditMsgKey?.id, 'E1');
  assertEventShape(created.name, created.data);

  const other = drainOf();
  assert.deepEqual(names(other.take(revoke('D1'))), ['message_revoke_everyone']);
  assert.deepEqual(names(other.take(hello)), []);
});

test('what is known of a message beside its data survives an ack', () => {
  const outgoing = { id: ownId, to: anna.phone, content: { conversation: 'mine' }, createdAt: 1000 };
  const drain = drainOf({ outgoing: new Map([[ownId, outgoing]]) });
  drain.take(sentAck());
  const key = { id: ownId, fromMe: false, remoteJid: own.phone };
  drain.take(messageFromAnna({ reactionMessage: { key, text: '👍' } }, { id: 'R1' }));
  const [event] = recorded(drain.take(receipt({ type: 'read' }))).events;
  assert.ok(event?.name === 'message_ack');
  assert.equal(event.data.message.hasReaction, true);
  assert.equal(Object.keys(drain.messages.get(`true_${ownId}`)?.reactions ?? {}).length, 1);
});

test('what is said about a message without content is held, and told right after it, each once', () => {
  const drain = drainOf();
  drain.take(unreadable());
  for (const row of [reaction('R1', '👍', 1000), reaction('R1', '👍', 1000), edit('E1', 'two', 2000)])
    assert.deepEqual(names(drain.take(row)), []);
  const told = recorded(drain.take(hello));
  assert.deepEqual(
    told.events.map(({ name }) => name),
    ['message_create', 'message', 'message_reaction', 'message_edit'],
  );
  const last = told.events.at(-1);
  assert.ok(last?.name === 'message_edit');
  assert.deepEqual([last.data.prevBody, last.data.newBody], ['hello', 'two']);
  assert.equal(last.data.message.hasReaction, true);
  assert.deepEqual(told.resolved, [{ id, fromMe: false }]);
  const kept = drain.messages.get(`false_${id}`);
  assert.deepEqual([kept?.data.body, kept?.held], ['two', undefined]);
});

test('what was held is told when the phone cannot tell the message either, and then nothing waits for it', () => {
  const drain = drainOf();
  drain.take(unreadable());
  drain.take(reaction('R1', '👍', 1000));
  const given = recorded(drain.take(past({ content: null })));
  assert.deepEqual(
    given.events.map(({ name }) => name),
    ['message_reaction'],
  );
  assert.equal(given.late, 0);
  assert.deepEqual(names(drain.take(reaction('R2', '', 2000))), ['message_reaction']);
  const late = recorded(drain.take(past({ content: { conversation: 'found' } })));
  assert.deepEqual(
    late.events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  assert.equal(
    ignored(drain.take(past({ content: null }))),
    'repeated: everything in this part of the history is recorded',
  );
});

test('of what is said about a message without content not more is held than can be kept', () => {
  const drain = drainOf();
  drain.take(unreadable());
  const told = Array.from({ length: 150 }, (_, n) => names(drain.take(reaction(`R${n}`, '👍', n + 1))));
  assert.deepEqual(
    told.map(({ length }) => length),
    [...Array<number>(100).fill(0), 101, ...Array<number>(49).fill(1)],
  );
  assert.equal(drain.messages.get(`false_${id}`)?.held, undefined);
  assert.deepEqual(names(drain.take(hello)), ['message_create', 'message']);
});

test('what was held and cannot be read leaves a note', () => {
  const drain = drainOf();
  drain.take(unreadable());
  const vote = { encPayload: bytes(60), encIv: bytes(12) };
  const pollCreationMessageKey = { id, fromMe: true };
  drain.take(messageFromAnna({ pollUpdateMessage: { pollCreationMessageKey, vote } }, { id: 'V1' }));
  const { events, note } = recorded(drain.take(hello));
  assert.equal(events.length, 2);
  assert.match(note ?? '', /^undecryptable: a vote: .* has no secret$/);
});

test('a message that was deleted before anybody saw it takes with it only what nobody wants any more', () => {
  const drain = drainOf();
  drain.take(unreadable());
  drain.take(reaction('R1', '👍', 1000));
  const { events, resolved } = recorded(drain.take(revoke('D1')));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_reaction', 'message_revoke_everyone'],
  );
  assert.deepEqual(resolved, [{ id, fromMe: false }]);
  assert.deepEqual(names(drain.take(hello)), []);
});

test('a change that came without content itself is no longer missing when it comes again', () => {
  const drain = drainOf();
  drain.take(hello);
  drain.take(unreadable('R1'));
  const { events, resolved } = recorded(drain.take(reaction('R1', '👍')));
  assert.equal(events.length, 1);
  assert.deepEqual(resolved, [{ id: 'R1', fromMe: false }]);
});

test('a message that could not be read is told by the edit that the phone has in its place', () => {
  const drain = drainOf({});
  drain.take(unreadable());
  const key = { id, fromMe: true };
  const protocolMessage = { key, type: 14, editedMessage: { conversation: 'now' }, timestampMs: 5 };
  const { events, resolved } = recorded(drain.take(past({ id: 'E1', content: { protocolMessage } })));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  assert.deepEqual(resolved, [{ id, fromMe: false }]);
  assert.equal(drain.messages.get(`false_${id}`)?.data.body, 'now');
});

test('changes that are malformed are ignored with a reason, and throw nothing', () => {
  const key = { id, fromMe: true };
  const cases: MessageContent[] = [
    { reactionMessage: {} },
    { reactionMessage: { key: { id: 'a\u0000b' } } },
    { reactionMessage: { key: { id: 7 } } },
    { pollUpdateMessage: { pollCreationMessageKey: key } },
    { pollUpdateMessage: { pollCreationMessageKey: key, vote: { encPayload: 'x', encIv: 'y' } } },
    { pollUpdateMessage: { pollCreationMessageKey: key, vote: { encPayload: bytes(3), encIv: bytes(12) } } },
    { pollUpdateMessage: { pollCreationMessageKey: key, vote: { encPayload: bytes(60), encIv: bytes(12) } } },
    { encReactionMessage: { targetMessageKey: key, encPayload: bytes(60), encIv: bytes(12) } },
    { encCommentMessage: { targetMessageKey: key } },
    { secretEncryptedMessage: { targetMessageKey: key, encPayload: bytes(60), encIv: bytes(12) } },
    { protocolMessage: { key, type: 14 } },
    { protocolMessage: { key, type: 14, editedMessage: {} } },
    { protocolMessage: { key, type: 14, editedMessage: { reactionMessage: { key } } } },
    { protocolMessage: { key: { id, fromMe: false }, type: 0 } },
  ];
  for (const secret of [bytes(32), bytes(0), 'x']) {
    for (const content of cases) {
      const drain = drainOf();
      drain.take(messageFromAnna({ conversation: 'x', messageContextInfo: { messageSecret: secret } }));
      const row = messageFromAnna(content, { id: 'X1' });
      assert.ok(needs(row, own).messages.length <= 3);
      assert.match(ignored(drain.take(row)), /^(malformed|undecryptable): /, JSON.stringify(content));
    }
  }
});

test('times that cannot be are not told', () => {
  for (const senderTimestampMs of [-1, 0, 1e300, Number.NaN, 1.5, 'soon']) {
    const content = { reactionMessage: { key: { id, fromMe: true }, text: 'x', senderTimestampMs } };
    const [event] = recorded(translate(messageFromAnna(content, { id: 'R' }), contextWith())).events;
    assert.ok(event?.name === 'message_reaction');
    assert.equal(event.data.reaction.timestamp, 1669994807);
  }
});

function messageFromOwnPhone(message: MessageContent, messageId: string): InboxRow {
  return messageFromAnna(
    { deviceSentMessage: { destinationJid: anna.lid, message } },
    { id: messageId, from: own.lid ?? '', recipient: anna.lid, sender_pn: own.phone },
  );
}

function reaction(reactionId: string, text: string, senderTimestampMs = 1000): InboxRow {
  const content = { reactionMessage: { key: { id, fromMe: true }, text, senderTimestampMs } };
  return messageFromAnna(content, { id: reactionId });
}

function edit(editId: string, text: string, timestampMs: number): InboxRow {
  const key = { id, fromMe: true };
  const protocolMessage = { key, type: 14, editedMessage: { conversation: text }, timestampMs };
  return messageFromAnna({ protocolMessage }, { id: editId });
}

function revoke(revokeId: string): InboxRow {
  return messageFromAnna({ protocolMessage: { key: { id, fromMe: true }, type: 0 } }, { id: revokeId });
}

/** A message that could not be decrypted. */
function unreadable(messageId = id): InboxRow {
  return messageFromAnna(null, { id: messageId });
}

function past(parts: Partial<PastMessage>): InboxRow {
  const message = { id, fromMe: false, participant: null, timestamp: 1, pushName: null, status: null };
  return {
    kind: 'history',
    seq: 3,
    receivedAt,
    chat: anna.lid,
    messages: [{ ...message, content: null, ...parts }],
  };
}

function inGroup(participant: string, messageId: string, content: MessageContent): InboxRow {
  const attrs = { from: group, participant, id: messageId, t: '1669994807', type: 'text' };
  return { kind: 'message', seq: 1, receivedAt, content, stanza: stanza('message', attrs) };
}

function groupKey(participant: string) {
  return { id, fromMe: false, remoteJid: group, participant };
}

function bytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

/** The events of a row, or the placeholder or the record without any. */
function names(result: Translation): EventDraft['name'][] {
  return result.do === 'placeholder' ? [] : recorded(result).events.map(({ name }) => name);
}

function ignored(result: Translation): string {
  assert.equal(result.do, 'ignore', JSON.stringify(result));
  return result.do === 'ignore' ? result.reason : '';
}
