import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { Directory } from './directory.ts';
import { chatsOf, chunkContent, portionsOf } from './history-chunks.ts';
import type { PhoneMessage } from './phone/messages.ts';
import { proto } from './stanza/codec.ts';

const directory = new Directory();
const alice = directory.add({ name: 'Alice' });
const bob = directory.add({ name: 'Bob' });
const carol = directory.add({ name: 'Carol' });

test('a history has the newest chat and the newest message first', () => {
  const chats = chatsOf(directory, [
    received(carol.number, 'c1', 5),
    received(bob.number, 'b1', 1),
    received(bob.number, 'b3', 9),
    received(bob.number, 'b2', 3),
  ]);
  assert.deepEqual(
    chats.map(({ jid, messages }) => [jid, ...messages.map(({ id }) => id)]),
    [
      [bob.jid('lid'), 'b3', 'b2', 'b1'],
      [carol.jid('lid'), 'c1'],
    ],
  );
});

test('of two messages of the same second the later one is the newer', () => {
  const chats = chatsOf(directory, [received(bob.number, 'one', 1), received(bob.number, 'two', 1)]);
  assert.deepEqual(
    chats[0]?.messages.map(({ id }) => id),
    ['two', 'one'],
  );
});

test('a long chat goes on in the next portion, and says so', () => {
  const messages = Array.from({ length: 5 }, (_, i) => received(bob.number, `b${i}`, 10 + i));
  const portions = portionsOf(chatsOf(directory, [...messages, received(carol.number, 'c', 1)]), 2);
  assert.deepEqual(
    portions.map((chats) => chats.map(({ messages: { length }, hasMore }) => [length, hasMore])),
    [
      [[2, true]],
      [[2, true]],
      [
        [1, false],
        [1, false],
      ],
    ],
  );
});

test('a chunk carries its history inside itself, with both names of every chat', () => {
  const chats = chatsOf(directory, [received(bob.number, 'b', 7)]);
  const chunk = { syncType: 'RECENT', chats, chunkOrder: 2, progress: 40, requestId: 'ASKED' } as const;
  const notification = chunkContent(directory, chunk).protocolMessage?.historySyncNotification;
  const bytes = inflateSync(notification?.initialHistBootstrapInlinePayload ?? new Uint8Array());
  const history = proto.HistorySync.decode(bytes);

  assert.deepEqual(
    [notification?.chunkOrder, notification?.progress, notification?.peerDataRequestSessionId],
    [2, 40, 'ASKED'],
  );
  assert.equal(history.syncType, proto.HistorySync.HistorySyncType.RECENT);
  const [chat] = history.conversations;
  assert.deepEqual(
    [chat?.id, chat?.pnJid, chat?.name, chat?.unreadCount],
    [bob.jid('lid'), bob.jid('pn'), 'Bob', 1],
  );
  const [mapping] = history.phoneNumberToLidMappings;
  assert.deepEqual([mapping?.lidJid, mapping?.pnJid], [bob.jid('lid'), bob.jid('pn')]);
  const message = chat?.messages?.[0]?.message;
  assert.deepEqual(
    [message?.key?.remoteJid, message?.key?.id, message?.message?.conversation, message?.pushName],
    [bob.jid('lid'), 'b', 'text b', 'Bob'],
  );
});

function received(from: string, id: string, timestamp: number): PhoneMessage {
  const text = `text ${id}`;
  const content = { conversation: text };
  const common = { fromMe: false, device: 0, addressing: 'lid', failedDecryptions: 0 } as const;
  return { ...common, id, from, to: alice.number, timestamp, text, content, status: 'received' };
}
