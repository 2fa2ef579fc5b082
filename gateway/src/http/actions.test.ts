import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startApi } from './testing/start-api.ts';

const actions = '/api/v1/instances/1/client/action';
const self = (name: string) => ({ self: `https://wa.example.com${actions}/${name}` });
const form = { 'content-type': 'application/x-www-form-urlencoded' };

test('a sent message comes back whole, in the envelope with two statuses', async (t) => {
  const api = await ready(t);
  const json = { chatId: '491701234567@c.us', message: 'Hello' };
  const { status, body } = await api.call('POST', `${actions}/send-message`, { json });
  assert.equal(status, 200);
  const data: { data: { data: { _data?: unknown; body: string } } } = Object(body);
  assert.equal(data.data.data.body, 'Hello');
  assert.notEqual(data.data.data._data, undefined);
  assert.deepEqual(
    { ...Object(body), data: { ...data.data, data: 'the message' } },
    {
      data: { status: 'success', instanceId: '1', data: 'the message' },
      links: self('send-message'),
      status: 'success',
    },
  );
  assert.deepEqual(api.sent, [{ chatId: '491701234567@c.us', text: 'Hello', mentions: [], key: undefined }]);
});

test('a message of digits stays text, in a form as in JSON', async (t) => {
  const api = await ready(t);
  const raw = 'chatId=1%40c.us&message=0012345&previewLink=0&mentions[0]=49170%40c.us&mentions[1]=8%40lid';
  await api.call('POST', `${actions}/send-message`, {
    raw,
    headers: { ...form, 'idempotency-key': 'order-7' },
  });
  await api.call('POST', `${actions}/send-message`, {
    json: { chatId: '1@c.us', message: '12', previewLink: 1 },
  });
  assert.deepEqual(api.sent, [
    {
      chatId: '1@c.us',
      text: '0012345',
      mentions: ['49170@c.us', '8@lid'],
      key: 'order-7',
    },
    { chatId: '1@c.us', text: '12', mentions: [], key: undefined },
  ]);
});

test('an action that fails is a success outside and an error with explanation inside', async (t) => {
  const api = await ready(t);
  const failed = await api.call('POST', `${actions}/send-message`, {
    json: { chatId: 'bogus', message: 'x' },
  });
  assert.equal(failed.status, 200);
  assert.deepEqual(failed.body, {
    data: {
      status: 'error',
      instanceId: '1',
      message: 'incorrect chatId format.',
      explanation: '"bogus" is missing a domain, expected <id>@c.us.',
    },
    links: self('send-message'),
    status: 'success',
  });
  api.instances.set(1, { state: 'booting' });
  const refused = await api.call('POST', `${actions}/logout`);
  assert.equal(refused.status, 200);
  assert.deepEqual(refused.body, {
    data: {
      status: 'error',
      instanceId: '1',
      message: 'instance not ready',
      explanation: 'The instance is booting.',
    },
    links: self('logout'),
    status: 'success',
  });
});

test('logout and reboot answer with null, with or without a body', async (t) => {
  const api = await ready(t);
  for (const name of ['logout', 'reboot']) {
    for (const request of [
      {},
      { json: {} },
      { raw: '', headers: form },
      { headers: { 'content-type': 'application/json' } },
    ]) {
      const { status, body } = await api.call('POST', `${actions}/${name}`, request);
      assert.equal(status, 200);
      assert.deepEqual(body, {
        data: { status: 'success', instanceId: '1', data: null },
        links: self(name),
        status: 'success',
      });
    }
  }
  assert.deepEqual(api.instances.rebooted, [1, 1, 1, 1]);
});

test('a pairing code can be asked for twice a minute, counted only in QR mode', async (t) => {
  const api = await ready(t);
  const ask = () =>
    api.call('POST', `${actions}/request-pairing-code`, { json: { phoneNumber: '491701234567' } });
  for (const _ of [1, 2, 3]) assert.equal((await ask()).status, 200);
  api.instances.set(1, { state: 'qr' });
  assert.deepEqual((await ask()).body, {
    data: { status: 'success', instanceId: '1', data: { pairingCode: 'ABCD-1234' } },
    links: self('request-pairing-code'),
    status: 'success',
  });
  api.clock.advance(20_000);
  assert.equal((await ask()).status, 200);
  const refused = await ask();
  assert.equal(refused.status, 429);
  assert.deepEqual(refused.body, { message: 'A pairing code can be asked for twice a minute.' });
  assert.equal(refused.headers['retry-after'], '40');
  api.clock.advance(40_000);
  assert.equal((await ask()).status, 200);
});

test('an action that does not exist is named in the answer', async (t) => {
  const api = await ready(t);
  const { status, body } = await api.call('POST', `${actions}/send-mesage`, { json: {} });
  assert.equal(status, 404);
  assert.deepEqual(body, {
    message: 'There is no action "send-mesage".',
    data: {
      status: 'error',
      instanceId: '1',
      message: 'There is no action "send-mesage".',
      explanation:
        'The actions of this gateway are send-message, send-media, download-media, get-message-by-id, logout, reboot, request-pairing-code.',
    },
    links: self('send-mesage'),
    status: 'error',
  });
});

async function ready(t: TestContext) {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  api.instances.set(1, { state: 'ready', phone: '491709999999' });
  return api;
}
