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

test('how much has come grows from 0 to 1, whatever the kind, and stays 1 when more comes', () => {
  const replay = new OfflineReplay();
  assert.equal(replay.progress, null);
  replay.take(preview({ message: '2', receipt: '2' }));
  const seen = [replay.progress];
  for (const tag of ['message', 'receipt', 'message', 'receipt', 'message']) {
    replay.take(stanza(tag, { offline: '0' }));
    seen.push(replay.progress);
  }
  assert.deepEqual(seen, [0, 0.25, 0.5, 0.75, 1, 1]);
});

function preview(attrs: Record<string, string>): BinaryNode {
  return { tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs }] };
}

function stanza(tag: string, attrs: Record<string, string> = {}): BinaryNode {
  return { tag, attrs: { id: 'A', ...attrs } };
}
