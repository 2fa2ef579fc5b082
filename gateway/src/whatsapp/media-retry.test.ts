import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { aesEncryptGCM, hkdf, proto, type BinaryNode } from 'baileys';
import { FakeClock } from '../testing/fake-clock.ts';
import { requestUpload } from './media-retry.ts';

const mediaKey = randomBytes(32);
const file = {
  id: '3EB0F11E',
  chat: '120363000000000001@g.us',
  fromMe: false,
  participant: '491701234567@s.whatsapp.net',
  mediaKey,
};

test('the phone is asked as WhatsApp Web does, and its answer gives the new path', async () => {
  const asking = ask();
  assert.equal(asking.sent.length, 1);
  const receipt = asking.sent[0] ?? assert.fail();
  assert.deepEqual(receipt.attrs, { id: file.id, to: '4930111111@s.whatsapp.net', type: 'server-error' });
  const [, rmr] = receipt.content as BinaryNode[];
  assert.deepEqual(rmr?.attrs, { jid: file.chat, from_me: 'false', participant: file.participant });

  asking.answer(notification({ id: 'ANOTHER', directPath: '/v/other.enc' }));
  asking.answer(notification({ directPath: '/v/new.enc' }));
  assert.equal(await asking.path, '/v/new.enc');
  assert.deepEqual([asking.listening(), asking.clock.nextInMs], [0, null]);
});

test('a phone that has the file no more, or answers something else, gives no path', async () => {
  const { NOT_FOUND } = proto.MediaRetryNotification.ResultType;
  const rmr = { tag: 'rmr', attrs: { jid: file.chat, from_me: 'false' } };
  const attrs = { id: file.id, type: 'mediaretry' };
  for (const node of [
    notification({ result: NOT_FOUND }),
    notification({ directPath: '/v/x.enc', key: randomBytes(32) }),
    { tag: 'notification', attrs, content: [rmr, { tag: 'error', attrs: { code: '2' } }] },
    { tag: 'notification', attrs, content: [rmr] },
    { tag: 'notification', attrs },
  ]) {
    const asking = ask();
    asking.answer(node);
    assert.equal(await asking.path, null);
  }
});

test('a phone that does not answer is given up after ten seconds, and a connection when it ends', async () => {
  const silent = ask();
  silent.clock.advance(9_999);
  assert.equal(silent.listening(), 1);
  silent.clock.advance(1);
  assert.equal(await silent.path, null);
  assert.equal(silent.listening(), 0);

  const ended = Promise.withResolvers<void>();
  const lost = ask(ended.promise);
  ended.resolve();
  assert.equal(await lost.path, null);
  assert.deepEqual([lost.listening(), lost.clock.nextInMs], [0, null]);
});

/** A request that is under way. */
function ask(whenEnded: Promise<void> = new Promise(() => undefined)) {
  const clock = new FakeClock();
  const listeners = new Set<(node: BinaryNode) => void>();
  const sent: BinaryNode[] = [];
  const path = requestUpload(file, {
    clock,
    me: '4930111111:7@s.whatsapp.net',
    sendNode: async (node) => void sent.push(node),
    onNotification(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    whenEnded,
  });
  const answer = (node: BinaryNode) => listeners.forEach((listener) => listener(node));
  return { clock, sent, path, answer, listening: () => listeners.size };
}

/** What a phone answers, encrypted as it does. */
function notification({
  id = file.id,
  directPath,
  result = proto.MediaRetryNotification.ResultType.SUCCESS,
  key = mediaKey,
}: {
  id?: string;
  directPath?: string;
  result?: proto.MediaRetryNotification.ResultType;
  key?: Uint8Array;
}): BinaryNode {
  const said = proto.MediaRetryNotification.encode({
    stanzaId: id,
    directPath: directPath ?? null,
    result,
  }).finish();
  const iv = randomBytes(12);
  const retryKey = hkdf(key, 32, { info: 'WhatsApp Media Retry Notification' });
  const ciphertext = aesEncryptGCM(said, retryKey, iv, Buffer.from(id));
  return {
    tag: 'notification',
    attrs: { id, type: 'mediaretry' },
    content: [
      {
        tag: 'encrypt',
        attrs: {},
        content: [
          { tag: 'enc_p', attrs: {}, content: ciphertext },
          { tag: 'enc_iv', attrs: {}, content: iv },
        ],
      },
      { tag: 'rmr', attrs: { jid: file.chat, from_me: 'false' } },
    ],
  };
}
