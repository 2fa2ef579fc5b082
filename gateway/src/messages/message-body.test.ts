import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredMessage } from '../events/translation.ts';
import { decodeMessage, encodeMessage } from './message-body.ts';

const data = {
  body: 'hello',
  id: { id: 'A1' },
  _data: { messageSecret: { 0: 1 } },
} as unknown as StoredMessage['data'];

test('a message is kept as the JSON of its data', () => {
  assert.equal(Buffer.from(encodeMessage({ data })).toString(), JSON.stringify(data));
  assert.deepEqual(decodeMessage(encodeMessage({ data })), { data });
});

test('what receivers do not see is kept beside it, bytes as they were', () => {
  const message: Omit<StoredMessage, 'id' | 'fromMe' | 'ack'> = {
    data,
    isGivenUp: true,
    reactions: { '1@c.us': { id: 'R1', text: '👍', atMs: 5 } },
    held: [
      {
        id: 'V1',
        address: { chat: '1@lid', sender: '1@lid', fromMe: false },
        timestamp: 7,
        pairs: [{ lid: '1@lid', phone: '1@s.whatsapp.net' }],
        content: { pollUpdateMessage: { vote: { encPayload: Buffer.from([0, 255]), list: [null, 'x', 1] } } },
      },
    ],
  };
  const kept = decodeMessage(encodeMessage(message));
  const [held = assert.fail()] = kept.held ?? [];
  const content = held.content as { pollUpdateMessage: { vote: { encPayload: unknown; list: unknown } } };
  const { vote } = content.pollUpdateMessage;
  assert.ok(vote.encPayload instanceof Uint8Array);
  assert.deepEqual([...vote.encPayload], [0, 255]);
  assert.deepEqual(vote.list, [null, 'x', 1]);
  assert.deepEqual(kept.reactions, message.reactions);
  assert.equal(kept.isGivenUp, true);
  assert.deepEqual(kept.data, data, 'receivers see nothing of it');
});
