import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calculateSignature, verifySignature } from 'libsignal/src/curve.js';
import { generateKeyPair, keyPairFrom, withKeyType } from './curve.ts';
import { sign, verify } from './xeddsa.ts';

test('the published signature of Curve25519Test.testSignature verifies, and no other', () => {
  // libsignal-protocol-java
  const publicKey = fromHex('ab7e717d4a163b7d9a1d8071dfe9dcf8cdcd1cea3339b6356be84d887e322c64');
  const message = fromHex('05edce9d9c415ca78cb7252e72c2c4a554d3eb29485a0e1d503118d1a82d99fb4a');
  const signature = fromHex(
    '5de88ca9a89b4a115da79109c67c9c7464a3e4180274f1cb8c63c2984e286dfb' +
      'ede82deb9dcd9fae0bfbb821569b3d9001bd8130cd11d486cef047bd60b86e88',
  );
  assert.ok(verify(publicKey, message, signature));
  for (let position = 0; position < signature.length; position += 1) {
    const changed = signature.map((byte, index) => (index === position ? byte ^ 1 : byte));
    assert.ok(!verify(publicKey, message, changed), `byte ${position}`);
  }
});

test('signing gives the published signature of curvesigs_fast_test', () => {
  // libsignal-protocol-c, internal_fast_tests.c: private key 0 but for byte 8, message of 200 zeros, random of 64 zeros.
  const { privateKey, publicKey } = keyPairFrom(new Uint8Array(32).fill(189, 8, 9));
  const message = new Uint8Array(200);
  const signature = sign(privateKey, message, new Uint8Array(64));
  assert.equal(
    Buffer.from(signature).toString('hex'),
    'cf873d0379ac20e8893e5567ee0f8951f8db840d26b243b463526689d01ca718' +
      'ac189fb1678574ebdde569330659448b0bd6c1973f7d780ab39518626803d782',
  );
  assert.ok(verify(publicKey, message, signature));
});

test('signatures of either Edwards sign verify', () => {
  const signs = new Set<number>();
  for (let first = 0; first < 16; first += 1) {
    const { privateKey, publicKey } = keyPairFrom(new Uint8Array(32).fill(first * 8, 0, 1));
    const signature = sign(privateKey, Uint8Array.of(first));
    signs.add((signature.at(-1) ?? 0) >> 7);
    assert.ok(verify(publicKey, Uint8Array.of(first), signature));
    assert.ok(!verify(publicKey, Uint8Array.of(first + 1), signature));
  }
  assert.equal(signs.size, 2);
});

test('the signatures of npm libsignal verify here, and ours there', () => {
  for (let round = 0; round < 4; round += 1) {
    const { privateKey, publicKey } = generateKeyPair();
    const message = Buffer.from(`message ${round}`);
    const theirs = calculateSignature(Buffer.from(privateKey), message);
    assert.ok(verify(publicKey, message, theirs));
    const ours = Buffer.from(sign(privateKey, message));
    assert.ok(verifySignature(Buffer.from(withKeyType(publicKey)), message, ours));
  }
});

test('keys and signatures that are none do not verify', () => {
  const { privateKey, publicKey } = generateKeyPair();
  const message = new Uint8Array(3);
  const signature = sign(privateKey, message);
  const minusOne = new Uint8Array(32).fill(0xff).fill(0xec, 0, 1).fill(0x7f, 31);
  assert.ok(!verify(minusOne, message, signature));
  assert.ok(!verify(new Uint8Array(31), message, signature));
  assert.ok(!verify(publicKey, message, signature.slice(1)));
  assert.ok(!verify(publicKey, message, new Uint8Array(64).fill(0xff)));
});

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
