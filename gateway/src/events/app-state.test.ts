import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertEventShape } from './contract-shape-for-tests.ts';
import { needs } from './needs.ts';
import { anna, contextWith, drainOf, messageFromAnna, own, receivedAt, recorded } from './rows-for-tests.ts';
import { translate } from './translate.ts';
import type { InboxRow } from './translation.ts';

const id = '3AEB0A1B2C3D4E5F6071';
const deletion = change(['deleteMessageForMe', anna.phone, id, '0', '0']);

test('a message that was deleted on the own devices only is told as it was, once', () => {
  const drain = drainOf({ otherForm: new Map([[anna.phone, anna.lid]]) });
  drain.take(messageFromAnna({ conversation: 'a secret' }));
  const { events } = recorded(drain.take(deletion));
  assert.deepEqual(
    events.map(({ name }) => name),
    ['message_revoke_me'],
  );
  const [event] = events;
  assert.ok(event?.name === 'message_revoke_me');
  assert.equal(event.data.message.body, 'a secret');
  assert.equal(recorded(drain.take(deletion)).events[0]?.identity, event.identity);
  assertEventShape('message_revoke_me', event.data);
});

test('a deletion waits for its message until what WhatsApp kept has come', () => {
  assert.equal(translate(deletion, contextWith({ offlineSyncEnded: false })).do, 'wait');
  assert.deepEqual(translate(deletion, contextWith()), {
    do: 'ignore',
    reason: 'internal: a message was deleted that was never told',
  });
});

test('a deletion needs the message that it names; other changes need nothing', () => {
  const { chat, messages } = needs(deletion, own);
  assert.equal(chat, anna.phone);
  assert.deepEqual(messages, [{ id, fromMe: false }]);
  assert.equal(needs(change(['archive', anna.phone]), own).chat, null);
});

test('a star changes the stored message and is told with later events only', () => {
  const drain = drainOf({ otherForm: new Map([[anna.phone, anna.lid]]) });
  const star = change(['star', anna.phone, id, '0', '0'], { isStarred: true });
  assert.equal(translate(star, contextWith({ offlineSyncEnded: false })).do, 'wait');
  drain.take(messageFromAnna({ conversation: 'keep it' }));
  const { events, messages } = recorded(drain.take(star));
  assert.deepEqual([events, messages[0]?.data.isStarred, messages[0]?.data._data.star], [[], true, true]);
  assert.equal(drain.take(star).do, 'ignore');
  const [after] = recorded(drain.take(change(['star', anna.phone, id, '0', '0']))).messages;
  assert.equal(after?.data.isStarred, false);
});

test('what the own devices share otherwise is no event, whatever it is', () => {
  for (const index of [
    ['archive', anna.phone],
    ['star', anna.phone, id, '0', '0'],
    ['star'],
    ['x'.repeat(200)],
    [],
  ])
    assert.equal(translate(change(index), contextWith()).do, 'ignore');
  for (const index of [['deleteMessageForMe'], ['deleteMessageForMe', 'nobody', 'a\u0000b']])
    assert.deepEqual(translate(change(index), contextWith()), {
      do: 'ignore',
      reason: 'malformed: a deletion that names no message',
    });
});

function change(index: readonly string[], more: { isStarred?: boolean } = {}): InboxRow {
  const parts = { collection: 'regular_high', version: 7, index, operation: 'set', ...more } as const;
  return { kind: 'app-state', seq: 1, receivedAt, change: parts };
}
