import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, keyPairFrom } from './curve.ts';
import { agreeAsInitiator, agreeAsResponder } from './x3dh.ts';

// The keys of RatchetingSessionTest in libsignal-protocol-java and of rust/protocol/tests/ratchet.rs in libsignal.
const aliceIdentity = keyPair('9040f0d4e09cf38f6dc7c13779c908c015a1da4fa78737a080eb0a6f4f5f8f58');
const bobIdentity = keyPair('4875cc69ddf8ea0719ec947d61081135868d5fd801f02c0225e516df2156605e');
const bobSignedPreKey = keyPair('583900131fb727998b7803fe6ac22cc591f342e4e42a8c8d5d78194209b8d253');

test('the responder derives the published chain key of RatchetingSessionTest.testRatchetingSessionAsBob', () => {
  const { chainKey } = agreeAsResponder({
    identity: bobIdentity,
    signedPreKey: bobSignedPreKey,
    preKey: undefined,
    theirIdentity: aliceIdentity.publicKey,
    theirBaseKey: Buffer.from('472d1fb1a9862c3af6beaca8920277e2b26f4a79213ec7c906aeb35e03cf8950', 'hex'),
  });
  assert.equal(toHex(chainKey), '9797caca53c989bbe229a40ca7727010eb2604fc14945d77958a0aeda088b44d');
});

test('the initiator derives the published chain key of test_ratcheting_session_as_alice', () => {
  // The published private base key is not the one of the public key above, so the result is libsignal's own here.
  const { chainKey } = agreeAsInitiator({
    identity: aliceIdentity,
    baseKey: keyPair('11ae7c64d1e61cd596b76a0db5012673391cae66edbfcf073b4da80516a47449'),
    theirIdentity: bobIdentity.publicKey,
    theirSignedPreKey: bobSignedPreKey.publicKey,
    theirPreKey: undefined,
  });
  assert.equal(toHex(chainKey), 'ab9be50e5cb22a925446ab90ee5670545f4fd32902459ec274b6ad0ae5d6031a');
});

test('both sides derive the same with a one-time pre-key, and something else without', () => {
  const [identity, baseKey, theirs, signedPreKey, preKey] = Array.from({ length: 5 }, generateKeyPair);
  assert.ok(identity && baseKey && theirs && signedPreKey && preKey);
  const initiator = {
    identity,
    baseKey,
    theirIdentity: theirs.publicKey,
    theirSignedPreKey: signedPreKey.publicKey,
  };
  const responder = {
    identity: theirs,
    signedPreKey,
    theirIdentity: identity.publicKey,
    theirBaseKey: baseKey.publicKey,
  };
  const withPreKey = agreeAsInitiator({ ...initiator, theirPreKey: preKey.publicKey });
  assert.deepEqual(agreeAsResponder({ ...responder, preKey }), withPreKey);
  assert.notDeepEqual(agreeAsInitiator({ ...initiator, theirPreKey: undefined }), withPreKey);
});

function keyPair(privateHex: string) {
  return keyPairFrom(Buffer.from(privateHex, 'hex'));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
