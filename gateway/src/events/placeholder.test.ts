import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEventShape } from './contract-shape-for-tests.ts';
import {
  anna,
  contextWith,
  drainOf,
  messageFromAnna,
  own,
  receivedAt,
  recorded,
  stanza,
} from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { InboxRow, Stanza, Translation } from './translation.ts';

const id = '3AEB0A1B2C3D4E5F6071';

test('a message without its content is recorded as one that was there, with the reason', () => {
  const cases: [InboxRow, string][] = [
    [withProblem('Bad MAC'), 'undecryptable: Bad MAC'],
    [
      withChildren(stanza('unavailable', { type: 'view_once' })),
      'undecryptable: the content is only on the phone (view_once)',
    ],
    [
      withChildren(stanza('enc', { type: 'msmsg' })),
      'undecryptable: its encryption (msmsg) is not known here',
    ],
    [withChildren(), 'undecryptable: it has no content'],
  ];
  for (const [row, reason] of cases) {
    const result = placeholderOf(translate(row, contextWith()));
    assert.equal(result.reason, reason);
    assert.deepEqual([result.chat, result.sender], [anna.lid, anna.lid]);
    const { data } = result.message;
    assert.deepEqual(
      [data.type, data.body, data.from, data._data.incomplete],
      ['ciphertext', '', anna.id, true],
    );
    assertEventShape('message', { message: data, media: null });
  }
});

test('its content ends the placeholder and is told like any message, with the ack that came before', () => {
  const drain = drainOf();
  drain.messages.set(`false_${id}`, placeholderOf(drain.take(withProblem('Bad MAC'))).message);
  const result = recorded(drain.take(messageFromAnna({ conversation: 'after all' })));
  assert.deepEqual(
    result.events.map(({ name }) => name),
    ['message_create', 'message'],
  );
  assert.deepEqual(result.resolved, [{ id, fromMe: false }]);
  assert.equal(result.messages[0]?.data.body, 'after all');
  assert.equal(result.messages[0]?.data._data.incomplete, undefined);
});

test('a message that is known is not put in doubt by a copy that cannot be decrypted', () => {
  const drain = drainOf();
  drain.take(messageFromAnna({ conversation: 'hello' }));
  assert.deepEqual(drain.take(withProblem('Bad MAC')), {
    do: 'ignore',
    reason: 'repeated: the message is recorded',
  });
});

test('between own devices nobody wrote anything: no message is recorded', () => {
  const row = messageFromAnna(null, { from: own.lid ?? '', category: 'peer' });
  assert.deepEqual(translate({ ...row, problem: 'Bad MAC' } as InboxRow, contextWith()), {
    do: 'ignore',
    reason: 'undecryptable: Bad MAC',
  });
});

test('a stranger who calls his message one between own devices hides nothing by it', () => {
  const row = { ...messageFromAnna(null, { category: 'peer' }), problem: 'Bad MAC' } as InboxRow;
  assert.equal(placeholderOf(translate(row, contextWith())).chat, anna.lid);
});

function withProblem(problem: string): InboxRow {
  return { ...messageFromAnna(null), problem } as InboxRow;
}

function withChildren(...children: Stanza[]): InboxRow {
  const attrs = { from: anna.lid, sender_pn: anna.phone, id };
  return { kind: 'message', seq: 1, receivedAt, content: null, stanza: stanza('message', attrs, children) };
}

function placeholderOf(translation: Translation): Extract<Translation, { do: 'placeholder' }> {
  assert.equal(translation.do, 'placeholder');
  return translation;
}
