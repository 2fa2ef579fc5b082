import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StanzaQueue } from './stanza-queue.ts';
import { node } from './stanza/node.ts';

test('a queue keeps its order whatever is acknowledged in between', () => {
  const queue = new StanzaQueue();
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key, node(key)).sent = true;

  queue.acknowledge('b');
  queue.add('b', node('b'));

  assert.deepEqual(
    queue.open().map(({ key }) => key),
    ['a', 'c', 'd', 'b'],
  );
});

test('of two stanzas with one key an acknowledgement settles the older', () => {
  const queue = new StanzaQueue();
  const [first, second] = [node('message', { try: '1' }), node('message', { try: '2' })];
  queue.add('same', first).sent = true;
  queue.add('same', second).sent = true;

  assert.equal(queue.acknowledge('same'), true);
  assert.deepEqual(
    queue.open().map(({ stanza }) => stanza),
    [second],
  );
  assert.equal(queue.acknowledge('same'), true);
  assert.equal(queue.acknowledge('same'), false);
  assert.equal(queue.size, 0);
});

test('what was never sent cannot be acknowledged', () => {
  const queue = new StanzaQueue();
  queue.add('early', node('message'));
  assert.equal(queue.acknowledge('early'), false);
  assert.equal(queue.size, 1);
});
