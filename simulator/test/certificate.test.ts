import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import { WA_CERT_DETAILS } from 'baileys';
import { WebSocket } from 'ws';
import { connectionHeader, frame } from '../src/frames.ts';
import { HandshakeState } from '../src/noise/handshake-state.ts';
import { generateKeyPair, verify } from '../src/signal/index.ts';
import { proto } from '../src/stanza/codec.ts';
import { connectClient } from './support/client.ts';

const { CertChain } = proto;
const { Details } = CertChain.NoiseCertificate;

test('the server proves its Noise key with a chain that ends at the published root', async () => {
  const simulator = await startSimulator();
  const { serverKey, chain } = await shakeHands(simulator.url);

  const { leaf, intermediate } = CertChain.decode(chain);
  const leafDetails = Details.decode(leaf?.details ?? empty);
  const intermediateDetails = Details.decode(intermediate?.details ?? empty);

  assert.ok(
    verify(simulator.rootPublicKey, intermediate?.details ?? empty, intermediate?.signature ?? empty),
  );
  assert.ok(verify(intermediateDetails.key ?? empty, leaf?.details ?? empty, leaf?.signature ?? empty));
  assert.equal(intermediateDetails.issuerSerial, WA_CERT_DETAILS.SERIAL);
  assert.equal(leafDetails.issuerSerial, intermediateDetails.serial);
  assert.deepEqual(Buffer.from(leafDetails.key ?? empty), Buffer.from(serverKey));
  await simulator.stop();
});

test('Baileys accepts the server with the published root as its own', async () => {
  const simulator = await startSimulator();
  // connectClient sets WA_CERT_DETAILS.PUBLIC_KEY, as a gateway that is pointed at a simulator does.
  const client = connectClient(simulator);
  assert.match(await client.qr(), /^https:\/\/wa\.me\/settings\/linked_devices#/);
  assert.deepEqual(Buffer.from(WA_CERT_DETAILS.PUBLIC_KEY), Buffer.from(simulator.rootPublicKey));
  await client.stop();
  await simulator.stop();
});

test('a client that does not speak WhatsApp is hung up on', async () => {
  const simulator = await startSimulator();
  const socket = new WebSocket(simulator.url);
  await once(socket, 'open');
  socket.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await once(socket, 'close');
  await simulator.stop();
});

const empty = new Uint8Array(0);

/** The first half of a login, by hand: what a client learns about the server before it says who it is. */
async function shakeHands(url: string): Promise<{ serverKey: Uint8Array; chain: Uint8Array }> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const noise = new HandshakeState({
    isInitiator: true,
    staticKeyPair: generateKeyPair(),
    prologue: connectionHeader,
  });
  const { ephemeral } = noise.write();
  const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral ?? empty } }).finish();
  socket.send(Buffer.concat([connectionHeader, frame(hello)]));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  const { serverHello } = proto.HandshakeMessage.decode(answer.subarray(3));
  const chain = noise.read({
    ephemeral: serverHello?.ephemeral ?? empty,
    static: serverHello?.static ?? empty,
    payload: serverHello?.payload ?? empty,
  });
  socket.close();
  return { serverKey: noise.theirStatic ?? empty, chain };
}
