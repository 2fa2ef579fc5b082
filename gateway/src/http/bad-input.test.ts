import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure } from '../database/database.ts';
import { startApi, type ApiRequest, type Method } from './testing/start-api.ts';

const json = (raw: string | Buffer): ApiRequest => ({ raw, headers: { 'content-type': 'application/json' } });
const form = (raw: string): ApiRequest => ({
  raw,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const invalid = (errors: Record<string, string[]>) => ({ message: 'The given data was invalid.', errors });
const message = (text: string) => ({ message: text });

const one = '/api/v1/instances/1';
const send = `${one}/client/action/send-message`;
const pair = `${one}/client/action/request-pairing-code`;
const nothing = message('There is nothing here.');
const notJson = message('The body is not valid JSON.');
const digits = 'Digits only: country code and number, without + or 00 in front.';

const rows: [Method, string, ApiRequest, number, unknown][] = [
  // Addresses
  ['GET', '/api/v1/instances/2', {}, 404, message('There is no instance 2.')],
  ['GET', '/api/v1/instances/abc', {}, 404, message('There is no instance abc.')],
  ['GET', '/api/v1/instances/01', {}, 404, message('There is no instance 01.')],
  ['GET', '/api/v1/instances/1e0', {}, 404, message('There is no instance 1e0.')],
  ['GET', '/api/v1/instances/-1', {}, 404, message('There is no instance -1.')],
  ['GET', `/api/v1/instances/${'9'.repeat(30)}`, {}, 404, message(`There is no instance ${'9'.repeat(30)}.`)],
  ['GET', `/api/v1/instances/${'9'.repeat(300)}`, {}, 404, nothing],
  ['GET', '/api/v1/instances/%zz', {}, 404, nothing],
  ['GET', '/api/v1/nothing', {}, 404, nothing],
  ['GET', '/nothing', {}, 404, nothing],
  ['POST', '/api/v1/instances/2/client/action/fly', {}, 404, message('There is no instance 2.')],
  ['PATCH', one, {}, 405, message('This address takes GET, HEAD, PUT, DELETE, OPTIONS only.')],
  ['GET', send, {}, 405, message('This address takes POST, OPTIONS only.')],

  // Bodies that cannot be read
  ['PUT', one, json('{'), 400, notJson],
  ['PUT', one, json('{"name":"a"} x'), 400, notJson],
  ['PUT', one, json(Buffer.from([0x22, 0xff, 0x22])), 400, message('The body is not valid UTF-8.')],
  ['PUT', one, json(`"${'x'.repeat(100_000)}"`), 413, message('The body is too large.')],
  [
    'PUT',
    one,
    { raw: 'name=a', headers: { 'content-type': 'text/plain' } },
    415,
    message('Send the body as application/json or application/x-www-form-urlencoded.'),
  ],
  [
    'PUT',
    one,
    form('a[b][c][d][e][f][g][h]=1'),
    400,
    message('The form has too many fields, or fields nested too deeply.'),
  ],
  [
    'PUT',
    one,
    form('a=1&'.repeat(2001)),
    400,
    message('The form has too many fields, or fields nested too deeply.'),
  ],

  // Update Instance
  ['PUT', one, json('[]'), 422, invalid({ body: ['The body field must be an object.'] })],
  ['PUT', one, json('"text"'), 422, invalid({ body: ['The body field must be an object.'] })],
  ['PUT', one, json('{"name":5}'), 422, invalid({ name: ['The name field must be a string.'] })],
  ['PUT', one, json('{"name":""}'), 422, invalid({ name: ['The name field is required.'] })],
  [
    'PUT',
    one,
    json(JSON.stringify({ name: 'x'.repeat(256) })),
    422,
    invalid({ name: ['The name field must not be greater than 255 characters.'] }),
  ],
  [
    'PUT',
    one,
    json('{"name":"a\\u0000b"}'),
    422,
    invalid({ name: ['The name field format is invalid. A text without control characters.'] }),
  ],
  ['PUT', one, json('{"webhook":"x"}'), 422, invalid({ webhook: ['The webhook field must be an object.'] })],
  [
    'PUT',
    one,
    json('{"webhook":{"url":5,"events":"message"}}'),
    422,
    invalid({
      'webhook.url': ['The webhook.url field must be a string.'],
      'webhook.events': ['The webhook.events field must be an array.'],
    }),
  ],
  [
    'PUT',
    one,
    json('{"webhook":{"events":["message","mesage",7,"Message","presence_update"]}}'),
    422,
    invalid({
      'webhook.events.1': ['The selected webhook.events.1 is invalid. Did you mean "message"?'],
      'webhook.events.2': ['The selected webhook.events.2 is invalid.'],
      'webhook.events.3': ['The selected webhook.events.3 is invalid. Did you mean "message"?'],
      'webhook.events.4': ['The selected webhook.events.4 is invalid.'],
    }),
  ],
  [
    'PUT',
    one,
    form('webhook[events][0]=nothing'),
    422,
    invalid({ 'webhook.events.0': ['The selected webhook.events.0 is invalid.'] }),
  ],
  [
    'PUT',
    one,
    json('{"webhook":{"url":"ftp://a.example"}}'),
    422,
    invalid({ 'webhook.url': ['The URL must begin with http:// or https://.'] }),
  ],
  [
    'POST',
    '/api/v1/instances',
    json('{"webhook":{"url":"http://10.0.0.1/"}}'),
    422,
    invalid({
      'webhook.url': [
        'The URL leads to 10.0.0.1: 10.0.0.1 is not a public address; EAZEWA_ALLOW_WEBHOOK_ADDRESSES can allow it.',
      ],
    }),
  ],

  // Queries
  [
    'GET',
    '/api/v1/instances?filter=a&filter=b',
    {},
    422,
    invalid({ filter: ['The filter field must be a string.'] }),
  ],
  [
    'GET',
    `${one}/deliveries?limit=0&before=x`,
    {},
    422,
    invalid({
      limit: ['The limit field must be at least 1.'],
      before: ['The before field must be an integer.'],
    }),
  ],
  [
    'GET',
    `${one}/deliveries?limit=101`,
    {},
    422,
    invalid({ limit: ['The limit field must not be greater than 100.'] }),
  ],

  // Actions
  [
    'POST',
    send,
    {},
    422,
    invalid({ chatId: ['The chatId field is required.'], message: ['The message field is required.'] }),
  ],
  [
    'POST',
    send,
    json('{"chatId":"","message":12,"mentions":["x"],"previewLink":"perhaps"}'),
    422,
    invalid({
      chatId: ['The chatId field is required.'],
      message: ['The message field must be a string.'],
      'mentions.0': ['The mentions.0 field format is invalid. It must look like 491701234567@c.us.'],
      previewLink: ['The previewLink field must be true or false.'],
    }),
  ],
  [
    'POST',
    send,
    {
      raw: '{"chatId":"1@c.us","message":"x"}',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'with space' },
    },
    422,
    invalid({ 'Idempotency-Key': ['The Idempotency-Key header must be 1 to 255 visible ASCII characters.'] }),
  ],
  [
    'POST',
    pair,
    json('{"phoneNumber":"+49 170"}'),
    422,
    invalid({ phoneNumber: [`The phoneNumber field format is invalid. ${digits}`] }),
  ],
  ['POST', pair, {}, 422, invalid({ phoneNumber: ['The phoneNumber field is required.'] })],
];

test('each wrong request has its own status and says what is wrong', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  api.instances.set(1, { state: 'ready' });
  for (const [method, path, request, status, body] of rows) {
    const answer = await api.call(method, path, request);
    const name = `${method} ${path.slice(0, 80)} ${String(request.raw ?? '').slice(0, 80)}`;
    assert.deepEqual({ status: answer.status, body: answer.body }, { status, body }, name);
  }
  assert.equal((await api.instances.get(1)).name, 'Shop');
  const { url, events } = api.webhooks.main(1);
  assert.deepEqual({ url, events }, { url: null, events: [] });
  assert.deepEqual(api.sent, []);
});

test('keys of the prototype in a body are nothing special', async (t) => {
  const api = await startApi(t);
  await api.call(
    'POST',
    '/api/v1/instances',
    json('{"__proto__":{"name":"x"},"constructor":{"prototype":{"y":1}}}'),
  );
  await api.call(
    'POST',
    '/api/v1/instances',
    form('__proto__[name]=x&constructor[prototype][y]=1&toString=1'),
  );
  assert.deepEqual(
    (await api.instances.list()).map(({ name }) => name),
    ['unnamed', 'unnamed'],
  );
  assert.equal(Reflect.get({}, 'y'), undefined);
});

test('a fault of the gateway is logged, and nothing of it is shown', async (t) => {
  const api = await startApi(t, { checkWebhookUrl: () => assert.fail('secret detail') });
  const request = { json: { webhook: { url: 'https://a.example' } } };
  const { status, body } = await api.call('POST', '/api/v1/instances', request);
  assert.equal(status, 500);
  assert.deepEqual(body, { message: 'Server Error' });
  assert.ok(api.logged.some((line) => line.includes('secret detail')));
});

test('while the database is not available, the answer says so and that it may be tried again', async (t) => {
  const tokens = { find: () => Promise.reject(new StoreFailure('disk gone')) };
  const api = await startApi(t, { tokens });
  const { status, body, headers } = await api.call('GET', '/api/v1/instances');
  assert.deepEqual([status, headers['retry-after']], [503, '1']);
  assert.deepEqual(body, { message: 'The database is not available. Try again.' });
});
