import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { anna, drainOf, messageFromAnna, recorded, stanza } from './rows-for-tests.ts';
import type { InboxRow, MessageContent } from './translation.ts';

const id = '3AEB0A1B2C3D4E5F6071';
const file = { mimetype: 'image/jpeg', directPath: '/v/x' };

test('an edited caption mentions whom it mentions now, and answers what it answered', () => {
  const quote = { stanzaId: '3EB0Q', participant: anna.lid, quotedMessage: { conversation: 'when?' } };
  const imageMessage = {
    ...file,
    caption: 'a',
    contextInfo: { ...quote, mentionedJid: ['2@lid'], nonJidMentions: 1 },
  };
  const edits: [MessageContent | undefined, MessageContent][] = [
    [undefined, quote],
    [{ mentionedJid: ['3@lid'] }, { ...quote, mentionedJid: ['3@lid'] }],
  ];
  for (const [contextInfo, expected] of edits) {
    const { body, mentionedIds, hasQuotedMsg, _data } = edited(
      { imageMessage },
      { imageMessage: { caption: 'b', contextInfo } },
    );
    assert.deepEqual([body, mentionedIds, hasQuotedMsg], ['b', expected['mentionedJid'] ?? [], true]);
    assert.equal(_data.nonJidMentions, undefined);
    assert.deepEqual(_data.content, {
      imageMessage: { ...file, caption: 'b', contextInfo: expected },
    });
  }
});

test('a caption that is edited by a plain text is that text everywhere, also in the content', () => {
  const { body, type, _data } = edited({ imageMessage: { ...file, caption: 'a' } }, { conversation: 'b' });
  assert.deepEqual([body, type, _data.caption], ['b', 'image', 'b']);
  assert.deepEqual(_data.content, { imageMessage: { ...file, caption: 'b' } });
});

test('a document whose name was its caption has one of its own once it is edited', () => {
  const documentMessage = { mimetype: 'text/plain', directPath: '/v/x', fileName: 'a.txt' };
  const { body, _data } = edited({ documentMessage }, { documentMessage: { caption: 'b' } });
  assert.deepEqual([body, _data.caption, _data.isCaptionByUser, _data.filename], ['b', 'b', true, 'a.txt']);
  assert.deepEqual(_data.content, { documentMessage: { ...documentMessage, caption: 'b' } });
});

test('a document whose caption is edited away has its name there again', () => {
  const documentMessage = { mimetype: 'text/plain', directPath: '/v/x', fileName: 'a.txt', caption: 'a' };
  for (const edit of [{}, { caption: '' }, { fileName: 'a.txt' }]) {
    const { body, _data } = edited({ documentMessage }, { documentMessage: edit });
    assert.deepEqual([body, _data.caption, _data.isCaptionByUser], ['a.txt', 'a.txt', false]);
  }
});

test('a poll keeps its options, also when its edit comes in another form of polls', () => {
  const pollCreationMessage = {
    name: 'a',
    options: [{ optionName: 'x' }, { optionName: 'y' }],
    selectableOptionsCount: 1,
  };
  const edit = { pollCreationMessageV3: { name: 'b', selectableOptionsCount: 0 } };
  const { pollName, pollOptions, allowMultipleAnswers, _data } = edited({ pollCreationMessage }, edit);
  assert.deepEqual([pollName, pollOptions?.length, allowMultipleAnswers], ['b', 2, false]);
  assert.deepEqual([_data.pollName, _data.pollSelectableOptionsCount], ['b', 1]);
  assert.deepEqual(_data.content, { pollCreationMessage: { ...pollCreationMessage, name: 'b' } });
});

test('an event that is edited by what is none keeps its times', () => {
  const eventMessage = { name: 'a', startTime: 5 };
  const { body, type, _data } = edited({ eventMessage }, { conversation: 'b' });
  assert.deepEqual([body, type, _data.eventStartTime], ['b', 'scheduled_event_creation', 5]);
});

test('a message that comes after its edit is told as that left it', () => {
  const drain = drainOf();
  drain.take(edit({ eventMessage: { name: 'a', startTime: 6, isCanceled: true } }));
  const original = messageFromAnna({ eventMessage: { name: 'a', startTime: 5, description: 'x' } });
  const [message] = recorded(drain.take(original)).messages;
  assert.ok(message);
  const { isEventCanceled, eventStartTime, eventDescription } = message.data._data;
  assert.deepEqual([isEventCanceled, eventStartTime, eventDescription], [true, 6, undefined]);
});

/** The message of a content as the edit with another content leaves it. */
function edited(content: MessageContent, by: MessageContent): MessageData {
  const drain = drainOf();
  drain.take(messageFromAnna(content));
  const [event] = recorded(drain.take(edit(by))).events;
  assert.ok(event?.name === 'message_edit');
  return event.data.message;
}

function edit(content: MessageContent) {
  const protocolMessage = { key: { id, fromMe: true }, type: 14, editedMessage: content, timestampMs: 5 };
  return messageFromAnna({ protocolMessage }, { id: 'E1' });
}

test('an edit of a post that nobody saw is told once, however often it comes', () => {
  const drain = drainOf();
  const first = recorded(drain.take(editOfPost(1, '1738934620123', 'second')));
  assert.deepEqual(
    first.events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  const [message] = first.messages;
  assert.equal(message?.data.latestEditSenderTimestampMs, 1738934620123);
  assert.equal(drain.take(editOfPost(2, '1738934620123', 'second')).do, 'ignore');
  const third = recorded(drain.take(editOfPost(3, '1738934620124', 'third')));
  assert.deepEqual(
    third.events.map(({ name, data }) => [name, Reflect.get(data ?? {}, 'prevBody')]),
    [['message_edit', 'second']],
  );
});

/** A post of a channel that was edited at this time, in milliseconds since 1970. */
function editOfPost(seq: number, atMs: string, conversation: string): InboxRow {
  const attrs = {
    from: '120363025246125486@newsletter',
    id: 'AAAA',
    type: 'text',
    edit: '3',
    t: '1738934620',
  };
  const meta = stanza('meta', { msg_edit_t: atMs, original_msg_t: '1738934614' });
  return {
    kind: 'message',
    seq,
    receivedAt: 1738934700000,
    content: { conversation },
    stanza: stanza('message', attrs, [meta]),
  };
}
