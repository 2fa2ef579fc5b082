import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BinaryNode } from 'baileys';
import { OfflineReplay } from './offline-replay.ts';

test('what was announced and did not come is short, by kind; live stanzas do not count', () => {
  const replay = new OfflineReplay();
  replay.take(preview({ count: '6', message: '3', receipt: '1', notification: '0', call: '2' }));
  replay.take(stanza('message', { offline: '0' }));
  replay.take(stanza('message', { offline: '1' }));
  replay.take(stanza('message'));
  replay.take(stanza('receipt', { offline: '0' }));
  replay.take(stanza('notification', { offline: '0' }));
  assert.deepEqual(replay.shortages(), [
    { kind: 'message', announced: 3, received: 2 },
    { kind: 'call', announced: 2, received: 0 },
  ]);
});

test('nothing is short when nothing was announced, or in numbers that are none', () => {
  const replay = new OfflineReplay();
  assert.deepEqual(replay.shortages(), []);
  replay.take(preview({ message: 'many', receipt: '-1', call: '' }));
  replay.take(stanza('ib'));
  assert.deepEqual(replay.shortages(), []);
});

function preview(attrs: Record<string, string>): BinaryNode {
  return { tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs }] };
}

function stanza(tag: string, attrs: Record<string, string> = {}): BinaryNode {
  return { tag, attrs: { id: 'A', ...attrs } };
}
