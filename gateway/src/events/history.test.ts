import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { anna, contextWith, drainOf, messageFromAnna, own, receivedAt, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { InboxRow, PastMessage } from './translation.ts';

test('messages that were missed are told once, in their order, marked as late', () => {
  const drain = drainOf({ otherForm: new Map([[anna.lid, anna.phone]]) });
  drain.take(messageFromAnna({ conversation: 'known' }, { id: 'KNOWN' }));
  const row = history(
    past('ONE', 'one'),
    past('KNOWN', 'known'),
    past('TWO', 'two', { fromMe: true, status: 3 }),
  );
  const result = recorded(drain.take(row));
  assert.deepEqual(
    result.events.map(
      ({ name, data }) => `${name} ${'message' in data ? (data.message as MessageData).body : ''}`,
    ),
    ['message_create one', 'message one', 'message_create two'],
  );
  assert.equal(result.late, 2);
  const [one, two] = result.messages;
  assert.deepEqual([one?.data.from, one?.data._data.late, one?.ack], [anna.id, true, 1]);
  assert.deepEqual([two?.data.to, two?.data._data.late, two?.ack], [anna.id, true, 2]);
  assertEventShape('message', { message: one?.data, media: null });
  assert.deepEqual(drain.take(row), {
    do: 'ignore',
    reason: 'repeated: everything in this part of the history is recorded',
  });
});

test('what the phone tells of a group has an author, and is left out without one', () => {
  const row: InboxRow = {
    ...history(past('A', 'by anna', { participant: anna.lid }), past('B', 'by nobody')),
    chat: '120363000000000001@g.us',
  };
  const result = recorded(translate(row, contextWith({ otherForm: new Map([[anna.lid, anna.phone]]) })));
  assert.deepEqual(
    result.messages.map(({ data }) => [data.body, data.from, data.author]),
    [['by anna', '120363000000000001@g.us', anna.id]],
  );
});

test('changes of a group, reactions and what has no usable id are no missed messages', () => {
  const row = history(
    past('A', null),
    { ...past('B', null), content: { reactionMessage: { text: 'x' } } },
    past('a\u0000b', 'x'),
  );
  assert.equal(translate(row, contextWith()).do, 'ignore');
});

test('in one part of the history what is said of a message follows it', () => {
  const key = { id: 'A', fromMe: true };
  const protocolMessage = { key, type: 14, editedMessage: { conversation: 'two' }, timestampMs: 2000 };
  const changes: PastMessage[] = [
    past('A', 'one'),
    { ...past('R', null), content: { reactionMessage: { key, text: '👍', senderTimestampMs: 1000 } } },
    { ...past('E', null), content: { protocolMessage } },
  ];
  for (const offlineSyncEnded of [true, false]) {
    const drain = drainOf({ offlineSyncEnded });
    const { events, messages } = recorded(drain.take(history(...changes)));
    assert.deepEqual(
      events.map(({ name }) => name),
      ['message_create', 'message', 'message_reaction', 'message_edit'],
    );
    const edited = events.at(-1);
    assert.ok(edited?.name === 'message_edit');
    assert.deepEqual([edited.data.prevBody, edited.data.newBody], ['one', 'two']);
    assert.deepEqual(
      messages.map(({ id, data }) => [id, data.body, data.hasReaction, data._data.incomplete]),
      [['A', 'two', true, undefined]],
    );
  }
  const drain = drainOf();
  const kept = recorded(drain.take({ ...history(...changes), kind: 'past' }));
  assert.deepEqual(
    [kept.events, kept.messages.map(({ data }) => [data.body, data._data.incomplete])],
    [[], [['two', undefined]]],
  );
});

test('a part of the history waits while what it speaks of may still come', () => {
  const key = { id: 'UNKNOWN', fromMe: true };
  const row = history(past('A', 'one'), {
    ...past('R', null),
    content: { reactionMessage: { key, text: 'x' } },
  });
  assert.equal(translate(row, contextWith({ offlineSyncEnded: false })).do, 'wait');
  assert.equal(recorded(translate(row, contextWith())).events.length, 3);
});

test('a part of the history needs its chat, its people and its messages', () => {
  const { chat, addresses, messages } = needs(history(past('A', 'a'), past('B', 'b', { fromMe: true })), own);
  assert.equal(chat, anna.lid);
  assert.deepEqual(addresses, [anna.lid]);
  assert.deepEqual(messages, [
    { id: 'A', fromMe: false },
    { id: 'B', fromMe: true },
  ]);
});

function history(...messages: PastMessage[]): Extract<InboxRow, { kind: 'history' }> {
  return { kind: 'history', seq: 1, receivedAt, chat: anna.lid, messages };
}

function past(id: string, text: string | null, parts: Partial<PastMessage> = {}): PastMessage {
  return {
    id,
    fromMe: false,
    participant: null,
    timestamp: 1_669_994_807,
    pushName: null,
    status: null,
    content: text === null ? null : { conversation: text },
    ...parts,
  };
}
