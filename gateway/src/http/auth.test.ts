import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type, type TSchema } from 'typebox';
import { permissions, type Permission } from '../tokens/token.ts';
import { allRoutes } from './routes.ts';
import { startApi, type ApiRequest } from './testing/start-api.ts';

const unauthenticated = { message: 'Unauthenticated.' };

test('every route below /api/v1 needs a token, also one that does not exist', async (t) => {
  const api = await startApi(t);
  const addresses = allRoutes(api.deps).map(
    ({ method, path }) => [method, path.replace(':id', '1')] as const,
  );
  for (const [method, path] of [
    ...addresses,
    ['GET', '/nothing'] as const,
    ['PATCH', '/instances'] as const,
  ]) {
    const { status, body, headers } = await api.call(method, `/api/v1${path}`, { token: null });
    assert.deepEqual([status, body, headers['www-authenticate']], [401, unauthenticated, 'Bearer'], path);
  }
});

test('only the exact token opens', async (t) => {
  const api = await startApi(t);
  const status = async (authorization: string) => {
    const request: ApiRequest = { token: null, headers: { authorization } };
    return (await api.call('GET', '/api/v1/instances', request)).status;
  };
  assert.equal(await status(`Bearer ${api.token}`), 200);
  assert.equal(await status(`bearer  ${api.token} `), 200);
  for (const wrong of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${api.token}`,
    api.token,
    `Bearer ${api.token}x`,
    `Bearer ${api.token.slice(0, -1)}`,
    `Bearer ${api.token.toUpperCase()}`,
    `Bearer ${api.token} x`,
    'Bearer %',
  ]) {
    assert.equal(await status(wrong), 401, wrong);
  }
});

test('a removed token opens nothing any more', async (t) => {
  const api = await startApi(t);
  const { token, text } = await api.tokens.create({ name: 'a', permissions, instanceIds: null });
  assert.equal((await api.call('GET', '/api/v1/instances', { token: text })).status, 200);
  await api.tokens.remove(token.id);
  assert.equal((await api.call('GET', '/api/v1/instances', { token: text })).status, 401);
});

test('a token may do what its permissions say and nothing else', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances');
  for (const { method, path, permission } of allRoutes(api.deps)) {
    const lacking = permissions.filter((each) => each !== permission);
    const { text } = await api.tokens.create({ name: 'b', permissions: lacking, instanceIds: null });
    const { status, body } = await api.call(method, `/api/v1${path.replace(':id', '1')}`, { token: text });
    assert.deepEqual(
      [status, body],
      [403, { message: `This token may not ${permission}.` }],
      `${method} ${path}`,
    );
  }
  const expected: Record<Permission, number> = { create: 2, read: 15, update: 19, delete: 2 };
  const counts = permissions.map(
    (each) => allRoutes(api.deps).filter(({ permission }) => permission === each).length,
  );
  assert.deepEqual(counts, Object.values(expected));
});

/** For every route those that it has. */
const bodyFields = {
  chatId: '1@c.us',
  message: 'x',
  messageId: 'x',
  phoneNumber: '491701234567',
  url: 'https://a.example',
  events: ['qr'],
  webhookId: 1,
};

test('a token for certain instances does not learn of the others', async (t) => {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'mine' } });
  await api.call('POST', '/api/v1/instances', { json: { name: 'foreign' } });
  const { text: token } = await api.tokens.create({ name: 'c', permissions, instanceIds: [1] });
  for (const { method, path, body } of allRoutes(api.deps).filter((route) => route.path.includes(':id'))) {
    const fields = Object.entries(bodyFields).filter(([name]) => Object.hasOwn(propertiesOf(body), name));
    const json = method === 'GET' ? {} : { json: Object.fromEntries(fields) };
    const address = `/api/v1${path}`;
    const foreign = await api.call(method, address.replace(':id', '2'), { token, ...json });
    const missing = await api.call(method, address.replace(':id', '9'), { token, ...json });
    assert.deepEqual([foreign.status, foreign.body], [404, { message: 'There is no instance 2.' }]);
    assert.deepEqual([missing.status, missing.body], [404, { message: 'There is no instance 9.' }]);
  }
  const { body } = await api.call('GET', '/api/v1/instances', { token });
  assert.deepEqual(JSON.stringify(body).match(/"name":"\w+"/g), ['"name":"mine"']);
  const { status } = await api.call('POST', '/api/v1/instances', { token });
  assert.equal(status, 403);
  assert.equal((await api.instances.list()).length, 2);
});

test('a webhook request of a gateway is refused for good, with and without a token', async (t) => {
  const api = await startApi(t);
  for (const token of [null, api.token]) {
    const headers = { 'user-agent': 'eazeWA Webhook User Agent' };
    const { status, body } = await api.call('GET', '/api/v1/instances', { token, headers });
    assert.equal(status, 403);
    assert.match(JSON.stringify(body), /webhooks must not lead to the API of a gateway/);
  }
});

function propertiesOf(schema: TSchema | undefined): object {
  return Type.IsObject(schema) ? schema.properties : {};
}
