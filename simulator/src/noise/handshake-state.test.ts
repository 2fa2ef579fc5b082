import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, keyPairFrom } from '../signal/index.ts';
import { HandshakeState } from './handshake-state.ts';
import type { HandshakeParts } from './handshake-state.ts';
import { NoiseError } from './noise-error.ts';
import { noiseXxVectors } from './noise-xx.vectors.ts';
import type { NoiseVector } from './noise-xx.vectors.ts';

for (const vector of noiseXxVectors) {
  test(`both sides of the handshake give the published vector of ${vector.source}`, () => {
    const { initiator, responder } = sidesOf(vector);
    const [first, second, third, ...transport] = vector.messages;
    assert.ok(first && second && third);
    exchange(initiator, responder, first);
    exchange(responder, initiator, second);
    exchange(initiator, responder, third);
    assert.deepEqual(responder.hash, initiator.hash);
    if (vector.handshakeHash) assert.equal(toHex(responder.hash), vector.handshakeHash);
    const ours = responder.split();
    const theirs = initiator.split();
    transport.forEach(({ payload, ciphertext }, index) => {
      const direction = index % 2 === 0 ? 'fromResponder' : 'fromInitiator';
      const [sender, receiver] = direction === 'fromResponder' ? [ours, theirs] : [theirs, ours];
      assert.equal(toHex(sender[direction].encrypt(fromHex(payload))), ciphertext);
      assert.equal(toHex(receiver[direction].decrypt(fromHex(ciphertext))), payload);
    });
  });
}

test('a handshake message out of turn is refused', () => {
  const initiator = side(true);
  assert.throws(() => initiator.read({}), NoiseError);
  assert.throws(() => side(false).write(), NoiseError);
  assert.throws(() => initiator.split(), NoiseError);
});

test('sides with different prologues do not complete a handshake', () => {
  const initiator = side(true, 'one');
  const responder = side(false, 'other');
  responder.read(initiator.write());
  assert.throws(() => initiator.read(responder.write(fromHex('00'))), NoiseError);
});

test('an ephemeral key of low order is refused', () => {
  const responder = side(false);
  responder.read({ ephemeral: new Uint8Array(32) });
  assert.throws(() => responder.write(), NoiseError);
});

function side(isInitiator: boolean, prologue = ''): HandshakeState {
  return new HandshakeState({
    isInitiator,
    staticKeyPair: generateKeyPair(),
    prologue: Buffer.from(prologue),
  });
}

function sidesOf(vector: NoiseVector) {
  const prologue = fromHex(vector.prologue);
  return {
    initiator: new HandshakeState({
      isInitiator: true,
      staticKeyPair: keyPairFrom(fromHex(vector.initStatic)),
      ephemeral: keyPairFrom(fromHex(vector.initEphemeral)),
      prologue,
    }),
    responder: new HandshakeState({
      isInitiator: false,
      staticKeyPair: keyPairFrom(fromHex(vector.respStatic)),
      ephemeral: keyPairFrom(fromHex(vector.respEphemeral)),
      prologue,
    }),
  };
}

function exchange(
  writer: HandshakeState,
  reader: HandshakeState,
  published: { payload: string; ciphertext: string },
): void {
  const parts = writer.write(fromHex(published.payload));
  assert.equal(toHex(concatenate(parts)), published.ciphertext);
  assert.equal(toHex(reader.read(parts)), published.payload);
}

function concatenate(parts: HandshakeParts): Uint8Array {
  const inOrder = [parts.ephemeral, parts.static, parts.payload];
  return Buffer.concat(inOrder.filter((part) => part !== undefined));
}

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
