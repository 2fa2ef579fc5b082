import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from './testing/start-api.ts';

test('an instance is created with nothing, as old clients do it, and with name and webhook', async (t) => {
  const api = await startApi(t);
  assert.deepEqual(await created(api.call('POST', '/api/v1/instances')), {
    instance: {
      id: 1,
      name: 'unnamed',
      owner: 'admin',
      webhook_url: null,
      webhook_events: [],
      is_trial: false,
    },
    status: 'success',
  });
  const json = {
    name: 'Shop',
    webhook: { url: 'http://your-domain.com:3000/hook/x', events: ['message', 'qr'] },
  };
  assert.deepEqual(await created(api.call('POST', '/api/v1/instances', { json })), {
    instance: {
      id: 2,
      name: 'Shop',
      owner: 'admin',
      webhook_url: 'http://your-domain.com:3000/hook/x',
      webhook_events: ['message', 'qr'],
      is_trial: false,
    },
    status: 'success',
  });
  assert.deepEqual(api.webhooks.main(2).events, ['message', 'qr']);
});

test('instances are listed without a data key, filtered by id or name', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  await api.call('POST', '/api/v1/instances', { json: { name: 'Office' } });
  const names = async (query: string) => {
    const { body } = await api.call('GET', `/api/v1/instances${query}`);
    return JSON.stringify(body).match(/"name":"\w+"/g) ?? [];
  };
  const { body } = await api.call('GET', '/api/v1/instances');
  assert.deepEqual(Object.keys(Object(body)), ['instances', 'status']);
  assert.deepEqual(await names(''), ['"name":"Shop"', '"name":"Office"']);
  assert.deepEqual(await names('?filter=2'), ['"name":"Office"']);
  assert.deepEqual(await names('?filter=Sh'), ['"name":"Shop"']);
});

test('an instance is retrieved under the key instance', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  const { status, body } = await api.call('GET', '/api/v1/instances/1/');
  assert.equal(status, 200);
  assert.deepEqual(body, {
    instance: { id: 1, name: 'Shop', owner: 'admin', webhook_url: null, webhook_events: [], is_trial: false },
    status: 'success',
  });
});

test('Update Instance sets webhook and events in every state, and answers as the contract says', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  const states = [
    'booting',
    'loading_screen',
    'qr',
    'authenticated',
    'ready',
    'auth_failure',
    'disconnected',
  ] as const;
  for (const state of states) {
    api.instances.set(1, { state });
    const url = `https://my.url.com/webhook/${state}`;
    const json = { webhook: { url, events: ['message', 'message', 'call'] } };
    const { status, body } = await api.call('PUT', '/api/v1/instances/1', { json });
    assert.equal(status, 200);
    assert.deepEqual(body, {
      data: {
        status: 'success',
        instanceId: '1',
        name: 'Shop',
        data: null,
        instanceStatus: state,
        instanceWebhook: url,
        instanceEvents: ['message', 'call'],
      },
      links: { self: 'https://wa.example.com/api/v1/instances/1' },
      status: 'success',
    });
  }
});

test('Update Instance leaves what is not given, and resets with null and []', async (t) => {
  const api = await startApi(t);
  const webhook = { url: 'https://a.example/x', events: ['message'] };
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop', webhook } });
  const after = async (json: unknown) => {
    await api.call('PUT', '/api/v1/instances/1', { json });
    const { url, events } = api.webhooks.main(1);
    return [(await api.instances.get(1)).name, url, events];
  };
  assert.deepEqual(await after({}), ['Shop', 'https://a.example/x', ['message']]);
  assert.deepEqual(await after({ name: 'Office' }), ['Office', 'https://a.example/x', ['message']]);
  assert.deepEqual(await after({ webhook: {} }), ['Office', 'https://a.example/x', ['message']]);
  assert.deepEqual(await after({ webhook: { url: null } }), ['Office', null, ['message']]);
  assert.deepEqual(await after({ webhook: { url: 'https://b.example/' } }), [
    'Office',
    'https://b.example/',
    ['message'],
  ]);
  assert.deepEqual(await after({ webhook: { events: [] } }), ['Office', 'https://b.example/', []]);
  assert.deepEqual(await after({ webhook: { url: '' } }), ['Office', null, []]);
});

test('a form with nested keys does the same as JSON', async (t) => {
  const api = await startApi(t);
  await api.call(
    'POST',
    '/api/v1/instances',
    form('name=Caf%C3%A9+1&webhook[url]=https%3A%2F%2Fa.example%2Fx'),
  );
  const events = Array.from(
    { length: 18 },
    (_, i) => `webhook%5Bevents%5D%5B${i}%5D=${i === 17 ? 'call' : 'message'}`,
  );
  const { status } = await api.call('PUT', '/api/v1/instances/1', form(events.join('&')));
  assert.equal(status, 200);
  assert.equal((await api.instances.get(1)).name, 'Café 1');
  assert.deepEqual(api.webhooks.main(1).url, 'https://a.example/x');
  assert.deepEqual(api.webhooks.main(1).events, ['message', 'call']);
  await api.call('PUT', '/api/v1/instances/1', form('webhook[url]='));
  assert.equal(api.webhooks.main(1).url, null);
});

test('a deleted instance is gone, and the answer is empty', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', {
    json: { webhook: { url: 'https://a.example', events: ['qr'] } },
  });
  const { status, body } = await api.call('DELETE', '/api/v1/instances/1');
  assert.deepEqual([status, body], [204, '']);
  assert.deepEqual(await api.call('GET', '/api/v1/instances/1').then(({ status }) => status), 404);
});

function form(raw: string) {
  return { raw, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
}

async function created(answer: ReturnType<Awaited<ReturnType<typeof startApi>>['call']>): Promise<unknown> {
  const { status, body } = await answer;
  assert.equal(status, 200);
  return body;
}
