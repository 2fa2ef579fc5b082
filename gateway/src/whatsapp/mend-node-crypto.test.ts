import assert from 'node:assert/strict';
import * as byName from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { mendNodeCrypto } from './mend-node-crypto.ts';

mendNodeCrypto();

const required = createRequire(import.meta.url)('node:crypto') as typeof byName;
const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const iv = Buffer.alloc(16, 7);

test('those who import by name and those who require get the same, mended functions', () => {
  for (const name of ['createHmac', 'createCipheriv', 'createDecipheriv'] as const) {
    assert.equal(byName[name], required[name]);
    assert.doesNotMatch(byName[name].toString(), /new (Hmac|Cipheriv|Decipheriv)/);
  }
});

test('a key as bytes, as text and as an object gives the same HMAC, that of RFC 4231', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  assert.equal(hmac('Jefe'), expected);
  assert.equal(hmac(Buffer.from('Jefe')), expected);
  assert.equal(hmac(new Uint8Array(Buffer.from('Jefe'))), expected);
  assert.equal(hmac(byName.createSecretKey(Buffer.from('Jefe'))), expected);
  assert.equal(hmac(Buffer.alloc(0)), hmac(''));
});

test('what bytes encrypt a key object decrypts, and the other way round', () => {
  for (const algorithm of ['aes-256-cbc', 'aes-256-ctr']) {
    for (const [one, other] of [
      [key, byName.createSecretKey(key)] as const,
      [byName.createSecretKey(key), key] as const,
    ]) {
      const cipher = byName.createCipheriv(algorithm, one, iv);
      const sealed = Buffer.concat([cipher.update('a text'), cipher.final()]);
      const decipher = byName.createDecipheriv(algorithm, other, iv);
      assert.equal(Buffer.concat([decipher.update(sealed), decipher.final()]).toString(), 'a text');
    }
  }
});

test('a key of the wrong length is refused as before', () => {
  assert.throws(() => byName.createCipheriv('aes-256-gcm', key.subarray(1), iv), {
    code: 'ERR_CRYPTO_INVALID_KEYLEN',
  });
});

function hmac(key: byName.BinaryLike | byName.KeyObject): string {
  return byName.createHmac('sha256', key).update('what do ya want for nothing?').digest('hex');
}
