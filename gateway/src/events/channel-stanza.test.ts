import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelStanza } from './channel-stanza.ts';
import type { Stanza } from './translation.ts';

const channel = '120363025246125486@newsletter';

test('a message of a channel is a post, its edit or deletion, or what an own device says about one', () => {
  assert.deepEqual(read({ type: 'media' }), { is: 'post' });
  assert.deepEqual(read({ type: 'poll' }, { polltype: 'creation' }), { is: 'post' });
  assert.deepEqual(read({ type: 'poll' }, { polltype: 'vote' }), { is: 'vote' });
  assert.deepEqual(read({ type: 'reaction' }), { is: 'reaction' });
  // 7 takes a reaction back, 8 deletes a post.
  assert.deepEqual(read({ type: 'reaction', edit: '7' }), { is: 'reaction' });
  assert.deepEqual(read({ type: 'text', edit: '8' }, { original_msg_t: '1738934614' }), { is: 'deletion' });
});

test('an edit says when it was made and when the post was, unless that is no time', () => {
  const times = { msg_edit_t: '1738934620123', original_msg_t: '1738934614' };
  const edit = { type: 'text', edit: '3' };
  assert.deepEqual(read(edit, times), { is: 'edit', editedAtMs: 1738934620123, postedAt: 1738934614 });
  const unknown = { is: 'edit', editedAtMs: null, postedAt: null };
  assert.deepEqual(read(edit), unknown);
  assert.deepEqual(read(edit, { msg_edit_t: 'soon', original_msg_t: '-1' }), unknown);
});

test('what is of no channel is nothing of these', () => {
  assert.equal(
    channelStanza({ tag: 'message', attrs: { from: '1@lid', type: 'reaction', edit: '8' } }),
    null,
  );
  assert.equal(channelStanza({ tag: 'message', attrs: {} }), null);
});

function read(attrs: Record<string, string>, meta?: Record<string, string>) {
  const content: Stanza[] = meta ? [{ tag: 'meta', attrs: meta }] : [];
  return channelStanza({ tag: 'message', attrs: { from: channel, ...attrs }, content });
}
