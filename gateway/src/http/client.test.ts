import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from './testing/start-api.ts';

test('the client status is told under clientStatus', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  const { body } = await api.call('GET', '/api/v1/instances/1/client/status');
  assert.deepEqual(body, {
    clientStatus: {
      status: 'success',
      instanceId: '1',
      name: 'Shop',
      data: null,
      instanceStatus: 'booting',
      instanceWebhook: null,
      instanceEvents: [],
    },
    links: { self: 'https://wa.example.com/api/v1/instances/1/client/status' },
    status: 'success',
  });
});

test('the QR code is a PNG, and outside QR mode an error inside a success', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const before = await api.call('GET', '/api/v1/instances/1/client/qr');
  assert.equal(before.status, 200);
  assert.deepEqual(before.body, {
    status: 'success',
    qrCode: { status: 'error', message: 'instance not in QR mode', instanceId: '1' },
  });
  api.instances.set(1, { state: 'qr' });
  const { body } = await api.call('GET', '/api/v1/instances/1/client/qr');
  const picture = /"qr_code":"data:image\/png;base64,([^"]+)"/.exec(JSON.stringify(body))?.[1] ?? '';
  assert.equal(Buffer.from(picture, 'base64').subarray(1, 4).toString(), 'PNG');
  assert.deepEqual(body, {
    qrCode: { status: 'success', instanceId: '1', data: { qr_code: `data:image/png;base64,${picture}` } },
    links: { self: 'https://wa.example.com/api/v1/instances/1/client/qr' },
    status: 'success',
  });
});

test('the linked account is told under me', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  const before = await api.call('GET', '/api/v1/instances/1/client/me');
  assert.deepEqual(before.body, {
    status: 'success',
    me: { status: 'error', message: 'instance not linked', instanceId: '1' },
  });
  api.instances.set(1, { state: 'ready', phone: '491701234567', pushName: 'Anna' });
  const { body } = await api.call('GET', '/api/v1/instances/1/client/me');
  assert.deepEqual(body, {
    me: {
      status: 'success',
      instanceId: '1',
      data: {
        displayName: 'Anna',
        contactId: '491701234567@c.us',
        formattedNumber: '+491701234567',
        profilePicUrl: null,
      },
    },
    links: { self: 'https://wa.example.com/api/v1/instances/1/client/me' },
    status: 'success',
  });
});
