import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { aesEncryptGCM, decryptEventResponse, decryptPollVote, hmacSign, proto } from 'baileys';
import { openSealed, secretAsObject, secretIn, secretOf, type SealedContent } from './message-secret.ts';
import { inField, repeatedBytes } from './protobuf.ts';
import { anna, drainOf, messageFromAnna, own, recorded } from './rows-for-tests.ts';

const secret = Buffer.alloc(32, 5);
const iv = Buffer.alloc(12, 6);
const messageId = '3EB0AAAAAAAAAAAAAAAAAA';
const writer = own.phone;
const sender = anna.lid;
const hash = createHash('sha256').update('yes').digest();

test('a vote that is encrypted with the functions of Baileys opens, and says the same', () => {
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions: [hash, hash] }).finish();
  const payload = sealedByBaileys('Poll Vote', plaintext);
  const vote = { encPayload: payload, encIv: iv };
  const facts = { pollEncKey: secret, pollMsgId: messageId, pollCreatorJid: writer, voterJid: sender };
  const known = decryptPollVote(vote, facts).selectedOptions.map((option) => Buffer.from(option));
  const opened = openSealed(sealed({ payload }));
  assert.ok(opened !== null);
  assert.deepEqual(
    repeatedBytes(opened, 1).map((option) => Buffer.from(option)),
    known,
  );
  assert.deepEqual(known, [hash, hash]);
});

test('an answer to an event, too', () => {
  const { GOING } = proto.Message.EventResponseMessage.EventResponseType;
  const plaintext = proto.Message.EventResponseMessage.encode({ response: GOING, timestampMs: 7 }).finish();
  const payload = sealedByBaileys('Event Response', plaintext);
  const response = { encPayload: payload, encIv: iv };
  const facts = { eventEncKey: secret, eventMsgId: messageId, eventCreatorJid: writer, responderJid: sender };
  assert.equal(decryptEventResponse(response, facts).response, GOING);
  const opened = openSealed(sealed({ payload, use: 'Event Response' }));
  assert.deepEqual(opened && Buffer.from(opened), Buffer.from(plaintext));
});

test('the names by which people are known are tried one after the other', () => {
  const payload = sealedByBaileys('Poll Vote', Buffer.from('x'));
  const writers = [own.lid ?? '', writer];
  const senders = [anna.phone, sender];
  assert.ok(openSealed(sealed({ payload, writers, senders })) !== null);
  assert.equal(openSealed(sealed({ payload, writers: [own.lid ?? ''], senders })), null);
  assert.equal(openSealed(sealed({ payload, writers, senders: [] })), null);
});

test('what does not fit opens to nothing, whatever it is', () => {
  const payload = sealedByBaileys('Poll Vote', Buffer.from('x'));
  const wrong: Partial<SealedContent>[] = [
    { secret: Buffer.alloc(32) },
    { secret: Buffer.alloc(0) },
    { messageId: 'other' },
    { use: 'Enc Reaction' },
    { iv: Buffer.alloc(0) },
    { iv: Buffer.alloc(1) },
    { payload: Buffer.alloc(0) },
    { payload: Buffer.alloc(16) },
    { payload: payload.subarray(1) },
  ];
  for (const part of wrong) assert.equal(openSealed(sealed({ payload, ...part })), null);
});

test('bytes that are no list of options end the list', () => {
  assert.deepEqual(repeatedBytes(Uint8Array.of(), 1), []);
  assert.deepEqual(repeatedBytes(inField(1, hash), 2), []);
  assert.deepEqual(repeatedBytes(Uint8Array.of(0x08, 1, ...inField(1, Uint8Array.of(7))), 1), [
    Uint8Array.of(7),
  ]);
  for (const bytes of [[0x0a], [0x0a, 5, 1], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x0d, 1, 2, 3, 4]])
    assert.deepEqual(repeatedBytes(Uint8Array.from(bytes), 1), []);
});

test('a message of any kind keeps its secret', () => {
  const drain = drainOf();
  const content = { imageMessage: { mimetype: 'image/png' }, messageContextInfo: { messageSecret: secret } };
  const [event] = recorded(drain.take(messageFromAnna(content))).events;
  assert.ok(event?.name === 'message_create');
  assert.deepEqual(event.data.message._data.messageSecret, secretAsObject(secret));
  assert.deepEqual(secretOf(event.data.message), Uint8Array.from(secret));
  assert.equal(secretIn({ messageContextInfo: { messageSecret: 'x' } }), undefined);
  assert.equal(secretIn({ messageContextInfo: null }), undefined);
});

function sealed(parts: Partial<SealedContent>): SealedContent {
  const payload = Buffer.alloc(0);
  return { secret, use: 'Poll Vote', messageId, writers: [writer], senders: [sender], payload, iv, ...parts };
}

/** As Baileys' `decryptPollVote` makes its key. */
function sealedByBaileys(use: string, plaintext: Uint8Array): Buffer {
  const sign = Buffer.concat([
    ...[messageId, writer, sender, use].map((part) => Buffer.from(part)),
    Uint8Array.of(1),
  ]);
  const key = hmacSign(sign, hmacSign(secret, new Uint8Array(32), 'sha256'), 'sha256');
  return aesEncryptGCM(plaintext, key, iv, Buffer.from(`${messageId}\0${sender}`));
}
