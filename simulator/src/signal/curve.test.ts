import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, keyPairFrom, sharedSecret, withKeyType, withoutKeyType } from './curve.ts';
import { SignalError } from './signal-error.ts';

// RFC 7748 section 5.2: scalar, u-coordinate, result.
const multiplications = [
  [
    'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
    'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  ],
  [
    '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
    'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
    '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
  ],
] as const;

// Both sides' private and public keys, and what they agree on.
const agreements = [
  {
    source: 'RFC 7748 section 6.1',
    alicePrivate: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
    alicePublic: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    bobPrivate: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
    bobPublic: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    shared: '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
  },
  {
    source: 'libsignal-protocol-java, Curve25519Test.testAgreement',
    alicePrivate: 'c806439dc9d2c476ffed8f2580c0888d58ab406bf7ae3698879021b96bb4bf59',
    alicePublic: '1bb75966f2e93a3691dfff942bb2a466a1c08b8d78ca3f4d6df8b8bfa2e4ee28',
    bobPrivate: 'b03b34c33a1c44f225b662d2bf4859b8135411fa7b0386d45fb75dc5b91b4466',
    bobPublic: '653614993d2b15ee9e5fd3d86ce719ef4ec1daae1886a87b3f5fa9565a27a22f',
    shared: '325f239328941ced6e673b86ba41017448e99b649a9c3806c1dd7ca4c477e629',
  },
];

test('a secret is the product that RFC 7748 section 5.2 gives', () => {
  for (const [scalar, u, result] of multiplications) {
    assert.equal(toHex(sharedSecret(fromHex(scalar), fromHex(u))), result);
  }
});

test('a thousand secrets in a row end where RFC 7748 section 5.2 says', () => {
  let scalar: Uint8Array = Uint8Array.of(9, ...new Uint8Array(31));
  let u = scalar;
  for (let round = 0; round < 1000; round += 1) [scalar, u] = [sharedSecret(scalar, u), scalar];
  assert.equal(toHex(scalar), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

for (const vector of agreements) {
  test(`both sides agree on the published secret of ${vector.source}`, () => {
    const alice = keyPairFrom(fromHex(vector.alicePrivate));
    const bob = keyPairFrom(fromHex(vector.bobPrivate));
    assert.equal(toHex(alice.publicKey), vector.alicePublic);
    assert.equal(toHex(bob.publicKey), vector.bobPublic);
    assert.equal(toHex(sharedSecret(alice.privateKey, bob.publicKey)), vector.shared);
    assert.equal(toHex(sharedSecret(bob.privateKey, alice.publicKey)), vector.shared);
  });
}

test('a public key of low order or of the wrong length is refused', () => {
  const { privateKey } = generateKeyPair();
  for (const publicKey of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31)), new Uint8Array(33)]) {
    assert.throws(() => sharedSecret(privateKey, publicKey), isInvalidKey);
  }
});

test('a public key keeps its bytes through the typed form, and other types are refused', () => {
  const { publicKey } = generateKeyPair();
  const typed = withKeyType(publicKey);
  assert.equal(typed.length, 33);
  assert.deepEqual(withoutKeyType(typed), publicKey);
  for (const wrong of [publicKey, Uint8Array.of(6, ...publicKey), new Uint8Array(0)]) {
    assert.throws(() => withoutKeyType(wrong), isInvalidKey);
  }
});

function isInvalidKey(error: unknown): boolean {
  return error instanceof SignalError && error.code === 'invalid_key';
}

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
