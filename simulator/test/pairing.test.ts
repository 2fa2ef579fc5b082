import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSimulator } from '@eazewa/simulator';
import type { Simulator } from '@eazewa/simulator';
import { initAuthCreds } from 'baileys';
import { connectClient, linkClient } from './support/client.ts';

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator();
});
after(() => simulator.stop());

test('a client is linked by its QR code, is told to restart, and then logs in', async () => {
  const phone = simulator.addPhone({ name: 'Alice', number: '+49 170 1234567' });
  const unlinked = connectClient(simulator);

  const companion = await phone.scan(await unlinked.qr());

  assert.equal(companion.device, 1);
  assert.equal(await unlinked.closed(), 515);
  const client = connectClient(simulator, unlinked.state);
  await client.isOpen();
  assert.equal(client.state.creds.me?.id, '491701234567:1@s.whatsapp.net');
  assert.equal(client.state.creds.me?.lid, phone.lidJid.replace('@', ':1@'));
  assert.equal(client.state.creds.platform, 'android');
  await client.stop();
});

test('a linked client has its first synchronisation done at once', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, phone);

  assert.equal(client.state.creds.accountSyncCounter, 1);
  assert.equal(typeof client.state.creds.myAppStateKeyId, 'string');
  await client.until(() => phone.companion?.queued === 0);
  await client.stop();
});

test('a client is linked by the pairing code that it shows', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const unlinked = connectClient(simulator);
  await unlinked.qr();
  const code = await unlinked.socket.requestPairingCode(phone.number);
  // The client does not wait for the server's answer; its next query comes after it.
  await unlinked.socket.query({ tag: 'iq', attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' } });

  await phone.enterPairingCode(`${code.slice(0, 4)}-${code.slice(4).toLowerCase()}`);

  assert.equal(await unlinked.closed(), 515);
  const client = connectClient(simulator, unlinked.state);
  await client.isOpen();
  await client.stop();
});

test('a wrong pairing code links nothing', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const unlinked = connectClient(simulator);
  await unlinked.qr();
  await unlinked.socket.requestPairingCode(phone.number, 'ABCD1234');
  await unlinked.socket.query({ tag: 'iq', attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'w:p' } });

  await assert.rejects(phone.enterPairingCode('ABCD9999'), { code: 'pairing_code_wrong' });

  assert.equal(phone.companion, undefined);
  await unlinked.stop();
});

test('a code that nobody shows is unknown', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  await assert.rejects(phone.enterPairingCode('ABCD1234'), { code: 'pairing_code_unknown' });
});

test('a QR code is worth nothing once its client has gone', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const unlinked = connectClient(simulator);
  const qr = await unlinked.qr();
  simulator.dropAll();
  await unlinked.closed();

  await assert.rejects(phone.scan(qr), { code: 'qr_expired' });
  await assert.rejects(phone.scan('hello'), { code: 'qr_invalid' });
});

test('a client that shows all its QR codes in vain gives up with 408', async () => {
  const unlinked = connectClient(simulator, undefined, { qrTimeout: 5 });
  assert.equal(await unlinked.closed(), 408);
  const codes = new Set(unlinked.connectionUpdates.map(({ qr }) => qr).filter((qr) => qr !== undefined));
  assert.equal(codes.size, 6);
});

test('a login with the wrong noise key fails with 401', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, phone);
  await client.stop();

  const { noiseKey } = initAuthCreds();
  const thief = connectClient(simulator, { ...client.state, creds: { ...client.state.creds, noiseKey } });

  assert.equal(await thief.closed(), 401);
});

test('a client that logs out is unlinked and cannot log in again', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, phone);

  await client.socket.logout();

  assert.equal(await client.closed(), 401);
  assert.equal(await connectClient(simulator, client.state).closed(), 401);
  assert.equal(phone.companion, undefined);
});

test('a phone that unlinks its client disconnects it with 401', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, phone);

  phone.unlink();

  assert.equal(await client.closed(), 401);
  assert.equal(await connectClient(simulator, client.state).closed(), 401);
});

test('a client that was unlinked can be linked again as another device', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const first = await linkClient(simulator, phone);
  phone.unlink();
  await first.closed();

  const second = await linkClient(simulator, phone);

  assert.equal(phone.companion?.device, 2);
  await second.stop();
});

test('one-time pre-keys are handed out once each, and refilled when they run low', async () => {
  const phone = simulator.addPhone({ name: 'Alice' });
  const client = await linkClient(simulator, phone);
  const other = await linkClient(simulator, simulator.addPhone({ name: 'Bob' }));
  // The first of its 812 keys went to its own phone.
  assert.equal(phone.companion?.preKeys, 811);

  const users = Array.from({ length: 807 }, () => ({
    tag: 'user',
    attrs: { jid: phone.lidJid.replace('@', ':1@') },
  }));
  const answer = await other.socket.query({
    tag: 'iq',
    attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'encrypt' },
    content: [{ tag: 'key', attrs: {}, content: users }],
  });

  assert.equal(JSON.stringify(answer).match(/"tag":"key"/g)?.length, 807);
  await client.until(() => phone.companion?.preKeys === 4 + 5);
  await client.stop();
  await other.stop();
});
