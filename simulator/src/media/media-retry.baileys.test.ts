import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decryptMediaRetryData, encryptMediaRetryRequest, proto } from 'baileys';
import { bytesOf, child } from '../stanza/node.ts';
import { openRetry, sealRetry } from './media-retry.ts';

const { SUCCESS } = proto.MediaRetryNotification.ResultType;

test('a request by Baileys is opened, and an answer is opened by Baileys', () => {
  const [mediaKey, key] = [randomBytes(32), { id: 'MESSAGE', remoteJid: '1@lid', fromMe: false }];
  const request = child(encryptMediaRetryRequest(key, mediaKey, '2@s.whatsapp.net'), 'encrypt');
  const [ciphertext, iv] = [bytesOf(child(request, 'enc_p')), bytesOf(child(request, 'enc_iv'))];
  assert.ok(ciphertext && iv);
  const asked = proto.ServerErrorReceipt.decode(openRetry(mediaKey, 'MESSAGE', { ciphertext, iv }));
  assert.equal(asked.stanzaId, 'MESSAGE');
  assert.throws(() => openRetry(mediaKey, 'OTHER', { ciphertext, iv }));
  assert.throws(() => openRetry(randomBytes(32), 'MESSAGE', { ciphertext, iv }));

  const answer = proto.MediaRetryNotification.encode({ directPath: '/v/new', result: SUCCESS }).finish();
  const opened = decryptMediaRetryData(sealRetry(mediaKey, 'MESSAGE', answer), mediaKey, 'MESSAGE');
  assert.deepEqual([opened.directPath, opened.result], ['/v/new', SUCCESS]);
});
