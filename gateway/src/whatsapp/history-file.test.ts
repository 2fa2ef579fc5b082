import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { getHistoryMsg, processHistoryMessage, proto } from 'baileys';
import { notificationAbout, readHistory } from './history-file.ts';
import { pastChats, readPeerContent, withoutHistory } from './peer-messages.ts';

const nowhere = { read: () => Promise.reject(new Error('there is no media server')) };
const phone = '491701234567@s.whatsapp.net';
const otherPhone = '491707654321@s.whatsapp.net';

/** As handsets send them: the newest first. */
const messages = [
  messageOf('newest', 300),
  messageOf('later in the same second', 200),
  messageOf('earlier in the same second', 200),
  messageOf('oldest', 100),
];

const history: proto.IHistorySync = {
  syncType: proto.HistorySync.HistorySyncType.RECENT,
  conversations: [
    {
      id: '123@lid',
      pnJid: phone,
      name: 'Anna',
      tcToken: Uint8Array.of(1, 2, 3),
      tcTokenTimestamp: 1_700_000_000,
      muteEndTime: -1,
      messages: messages.map((message) => ({ message, msgOrderId: 7 })),
    },
    {
      id: '456@lid',
      messages: [
        { message: messageOf('received', 20) },
        { message: { ...messageOf('sent', 10, true), userReceipt: [{ userJid: otherPhone }] } },
      ],
    },
    { id: 'group@g.us', messages: [{ message: { ...messageOf('undated', 0), messageTimestamp: null } }] },
  ],
  chunkOrder: 3,
  pushnames: [{ id: phone, pushname: 'Anna' }],
  phoneNumberToLidMappings: [{ pnJid: '491700000000@s.whatsapp.net', lidJid: '789@lid' }],
};

test('a history is given message by message as it came, the oldest first', async () => {
  const { chats } = await readHistory(notificationOf(history), nowhere);
  assert.deepEqual(
    chats.map(({ jid, messages }) => [jid, messages.map(({ atS }) => atS)]),
    [
      ['123@lid', [100, 200, 200, 300]],
      ['456@lid', [10, 20]],
      ['group@g.us', [0]],
    ],
  );
  assert.deepEqual(
    chats[0]?.messages.map(({ bytes }) => Buffer.from(bytes)),
    messages.toReversed().map((message) => Buffer.from(proto.WebMessageInfo.encode(message).finish())),
  );
});

test('the news of all chats come before what is older than the linking, in portions', async () => {
  const many = Array.from({ length: 120 }, (_, at) => ({ message: messageOf(`many ${at}`, 1000 - at) }));
  const conversations = [{ id: '789@lid', messages: many }, ...(history.conversations ?? [])];
  const { chats } = await readHistory(notificationOf({ ...history, conversations }), nowhere);
  const rows = [...pastChats(chats, 150)];
  assert.deepEqual(
    rows.map(({ chat, isPast, messages }) => [chat, isPast, messages.length]),
    [
      ['789@lid', false, 50],
      ['789@lid', false, 50],
      ['789@lid', false, 20],
      ['123@lid', false, 3],
      ['123@lid', true, 1],
      ['456@lid', true, 2],
      ['group@g.us', true, 1],
    ],
  );
});

test('Baileys learns from what is left of a history what it would from all of it', async () => {
  const file = await readHistory(notificationOf(history), nowhere);
  const { syncType, initialHistBootstrapInlinePayload: payload } = await notificationAbout(file);
  assert.equal(syncType, proto.Message.HistorySyncType.ON_DEMAND);
  const learned = processHistoryMessage(proto.HistorySync.decode(inflateSync(payload ?? assert.fail())));
  const whole = processHistoryMessage(proto.HistorySync.fromObject(history));
  assert.deepEqual(learned.lidPnMappings, whole.lidPnMappings);
  assert.equal(learned.lidPnMappings.length, 3);
  const tokens = ({ chats }: typeof whole) =>
    chats.map(({ id, tcToken, tcTokenTimestamp }) => [
      id,
      tcToken && Buffer.from(tcToken),
      Number(tcTokenTimestamp),
    ]);
  assert.deepEqual(tokens(learned), tokens(whole));
  // The one that tells who a LID is.
  assert.deepEqual(
    learned.messages.map(({ message }) => message?.conversation),
    ['sent'],
  );
});

test('a history that is cut off is not taken for a whole one', async () => {
  const file = proto.HistorySync.encode(history).finish();
  for (const length of [file.length - 1, file.length >> 1, 10]) {
    const notification = { initialHistBootstrapInlinePayload: deflateSync(file.subarray(0, length)) };
    await assert.rejects(readHistory(notification, nowhere), RangeError);
  }
  const half = { initialHistBootstrapInlinePayload: deflateSync(file).subarray(0, 50) };
  await assert.rejects(readHistory(half, nowhere), { code: 'Z_BUF_ERROR' });
});

test('a history is unpacked up to the limit, inside its message and from a file, and no further', async () => {
  const file = proto.HistorySync.encode({ ...history, threadIdUserSecret: Buffer.alloc(5_000_000) }).finish();
  const packed = deflateSync(file);
  assert.ok(packed.length < 10_000, `${packed.length} bytes`);
  const inside = { initialHistBootstrapInlinePayload: packed };
  const named = { directPath: '/v/history' };
  const server = { read: () => Promise.resolve(packed) };
  for (const notification of [inside, named]) {
    assert.equal((await readHistory(notification, server, file.length)).chats.length, 3);
    await assert.rejects(readHistory(notification, server, file.length - 1), { reason: 'too_large' });
  }
});

test('Baileys sees that there is a history, and nothing of it', () => {
  const notification = { ...notificationOf(history), progress: 40, directPath: '/v/history' };
  const content: proto.IMessage = { protocolMessage: { historySyncNotification: notification } };
  const sentByHandset = { deviceSentMessage: { destinationJid: phone, message: content } };
  for (const message of [content, sentByHandset]) {
    const plaintext = Buffer.concat([proto.Message.encode(message).finish(), Uint8Array.of(1)]);
    const seen = getHistoryMsg(readPeerContent([withoutHistory(plaintext)]));
    assert.deepEqual([seen?.syncType, seen?.progress], [notification.syncType, 40]);
    // What is inside the message goes before what is on the media server.
    const { conversations, pushnames } = proto.HistorySync.decode(
      inflateSync(seen?.initialHistBootstrapInlinePayload ?? assert.fail()),
    );
    assert.deepEqual([conversations, pushnames], [[], []]);
  }
});

test('a message without a history is left as it is, and so is what is no message', () => {
  const text = Buffer.concat([proto.Message.encode({ conversation: 'hi' }).finish(), Uint8Array.of(1)]);
  for (const plaintext of [text, Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(0xff, 0xff, 1)])
    assert.equal(withoutHistory(plaintext), plaintext);
});

function notificationOf(history: proto.IHistorySync) {
  return {
    syncType: proto.Message.HistorySyncType.RECENT,
    initialHistBootstrapInlinePayload: deflateSync(proto.HistorySync.encode(history).finish()),
  };
}

function messageOf(text: string, messageTimestamp: number, fromMe = false): proto.IWebMessageInfo {
  return {
    key: { remoteJid: '123@lid', id: text, fromMe },
    message: { conversation: text },
    messageTimestamp,
  };
}
