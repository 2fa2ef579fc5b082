import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proto, WA_CERT_DETAILS } from 'baileys';
import { makeNoiseHandler } from 'baileys/lib/Utils/noise-handler.js';
import type { ILogger } from 'baileys/lib/Utils/logger.js';
import { generateKeyPair, verify } from '../signal/index.ts';
import { createCertificateAuthority } from './certificate.ts';
import { NoiseError } from './noise-error.ts';
import { NoiseResponder } from './noise-responder.ts';

const header = Buffer.from('WA\x06\x03', 'latin1');
const authority = createCertificateAuthority();

test('an unmodified Baileys completes the handshake and reads and writes frames', async () => {
  const client = await connect();
  assert.deepEqual(Buffer.from(client.finish.clientStatic), client.noiseKey.public);
  assert.deepEqual(Buffer.from(client.finish.payload), Buffer.from('client payload'));
  for (const text of ['one', 'two', '', 'x'.repeat(70_000)]) {
    const upstream = client.handler.encrypt(Buffer.from(text));
    assert.equal(Buffer.from(client.responder.transport.decrypt(upstream)).toString(), text);
    const downstream = client.responder.transport.encrypt(Buffer.from(text));
    assert.equal(Buffer.from(client.handler.decrypt(downstream)).toString(), text);
  }
});

test('a changed or replayed frame is refused and does not spoil the next one', async () => {
  const { handler, responder } = await connect();
  const frame = handler.encrypt(Buffer.from('first'));
  const changed = Buffer.from(frame);
  changed.writeUInt8((changed[0] ?? 0) ^ 1, 0);
  assert.throws(() => responder.transport.decrypt(changed), NoiseError);
  assert.equal(Buffer.from(responder.transport.decrypt(frame)).toString(), 'first');
  assert.throws(() => responder.transport.decrypt(frame), NoiseError);
  assert.throws(() => responder.transport.decrypt(new Uint8Array(3)), NoiseError);
});

test('there is no transport before the handshake has ended', () => {
  assert.throws(() => newResponder().transport, NoiseError);
});

test('frames that are no handshake message are refused', () => {
  const finish = proto.HandshakeMessage.encode({
    clientFinish: { static: header, payload: header },
  }).finish();
  for (const frame of [new Uint8Array(0), Buffer.from('nonsense'), finish]) {
    assert.throws(() => newResponder().answerHello(frame, new Uint8Array(0)), NoiseError);
  }
});

test('the certificate chain is signed from the root down to the server key', () => {
  const serverKey = generateKeyPair().publicKey;
  const now = Date.UTC(2026, 0, 1);
  const root = generateKeyPair();
  const chain = proto.CertChain.decode(createCertificateAuthority(root, () => now).issueChain(serverKey));
  const { leaf, intermediate } = chain;
  assert.ok(leaf?.details && leaf.signature && intermediate?.details && intermediate.signature);
  const issuer = proto.CertChain.NoiseCertificate.Details.decode(intermediate.details);
  const server = proto.CertChain.NoiseCertificate.Details.decode(leaf.details);
  assert.ok(verify(root.publicKey, intermediate.details, intermediate.signature));
  assert.ok(issuer.key && server.key);
  assert.ok(verify(issuer.key, leaf.details, leaf.signature));
  assert.equal(issuer.issuerSerial, WA_CERT_DETAILS.SERIAL);
  assert.equal(server.issuerSerial, issuer.serial);
  assert.deepEqual(Buffer.from(server.key), Buffer.from(serverKey));
  assert.ok(Number(server.notBefore) * 1000 < now && now < Number(server.notAfter) * 1000);
});

function newResponder(staticKeyPair = generateKeyPair()): NoiseResponder {
  return new NoiseResponder({ staticKeyPair, prologue: header });
}

/** A client of Baileys' own code, connected to a responder. */
async function connect() {
  const serverPair = generateKeyPair();
  const responder = newResponder(serverPair);
  const ephemeral = baileysKeyPair();
  const noiseKey = baileysKeyPair();
  const handler = makeNoiseHandler({ keyPair: ephemeral, NOISE_HEADER: header, logger: silent });
  const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish();
  const answer = responder.answerHello(hello, authority.issueChain(serverPair.publicKey));
  const encryptedStatic = handler.processHandshake(proto.HandshakeMessage.decode(answer), noiseKey);
  const payload = handler.encrypt(Buffer.from('client payload'));
  const frame = proto.HandshakeMessage.encode({
    clientFinish: { static: encryptedStatic, payload },
  }).finish();
  const finish = responder.readFinish(frame);
  await handler.finishInit();
  return { handler, responder, noiseKey, finish };
}

function baileysKeyPair() {
  const { publicKey, privateKey } = generateKeyPair();
  return { public: Buffer.from(publicKey), private: Buffer.from(privateKey) };
}

const silent: ILogger = {
  level: 'silent',
  child: () => silent,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
