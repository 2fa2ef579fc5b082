import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { allRoutes } from './routes.ts';
import { startApi } from './testing/start-api.ts';

test('ping needs no token and answers with the text pong', async (t) => {
  const api = await startApi(t);
  const { status, body, headers } = await api.call('GET', '/api/ping', { token: null });
  assert.deepEqual([status, body], [200, 'pong']);
  assert.match(String(headers['content-type']), /^text\/plain/);
});

test('the documentation names every route, and no other', async (t) => {
  const api = await startApi(t);
  const { status, body } = await api.call('GET', '/api/docs/json', { token: null });
  assert.equal(status, 200);
  const document: OpenApi = Object(body);
  const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = allRoutes(api.deps)
    .filter(({ isHidden }) => !isHidden)
    .map(({ method, path }) => `${method} /api/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(documented.toSorted(), [...served, 'GET /api/ping'].toSorted());
});

test('every documented operation has a summary, an id of its own and described responses', async (t) => {
  const api = await startApi(t);
  const { body } = await api.call('GET', '/api/docs/json', { token: null });
  const document: OpenApi = Object(body);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  for (const { path, summary, responses, parameters = [] } of operations) {
    assert.ok(summary, path);
    const names = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
    assert.deepEqual(
      names,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      path,
    );
    if (path !== '/api/ping') assert.ok(responses['401'] && responses['403'] && responses['500'], path);
    for (const response of Object.values(responses)) assert.ok(response.description, path);
  }
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
  const send = document.paths['/api/v1/instances/{id}/client/action/send-message']?.['post'];
  assert.deepEqual(send?.requestBody?.content['application/json']?.schema.required, ['chatId', 'message']);
});

test('the documentation page takes everything from the gateway itself', async (t) => {
  const api = await startApi(t);
  const page = await api.call('GET', '/api/docs', { token: null });
  assert.equal(page.status, 200);
  const html = String(page.body);
  assert.equal(/https?:\/\//.test(html), false);
  for (const [, address = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    assert.equal((await api.call('GET', address, { token: null })).status, 200, address);
  }
  assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'self';/);
});

test('answers of the API cannot be run, framed or cached', async (t) => {
  const api = await startApi(t);
  for (const path of ['/api/ping', '/api/v1/instances', '/api/v1/instances/9', '/nothing']) {
    const { headers } = await api.call('GET', path);
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'", path);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(headers['access-control-allow-origin'], undefined);
  }
});

test('HEAD answers like GET without a body, OPTIONS with the methods', async (t) => {
  const api = await startApi(t);
  const head = await api.call('HEAD', '/api/v1/instances');
  assert.deepEqual([head.status, head.body], [200, '']);
  const options = await api.call('OPTIONS', '/api/v1/instances');
  assert.deepEqual(
    [options.status, options.body, options.headers['allow']],
    [204, '', 'GET, HEAD, POST, OPTIONS'],
  );
});

test('without a public URL the links lead to where the request was sent', async (t) => {
  const api = await startApi(t, { config: { bodyLimitBytes: 1000, mediaLimitBytes: 1000, publicUrl: null } });
  await api.call('POST', '/api/v1/instances');
  const { body } = await api.call('GET', '/api/v1/instances/1/client/status', {
    headers: { host: 'gate:81' },
  });
  assert.ok(JSON.stringify(body).includes('"self":"http://gate:81/api/v1/instances/1/client/status"'));
});

test('what is not HTTP gets a plain 400 and the connection is closed', async (t) => {
  const api = await startApi(t);
  const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (bytes) => heard.push(bytes));
  socket.write('hello\r\n\r\n');
  await once(socket, 'close');
  const text = Buffer.concat(heard).toString();
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(text, /\r\n\r\n\{"message":"Bad Request"\}$/);
});

test('a head has 30 seconds, a body with a file in it the two minutes that the SDK leaves for it', async (t) => {
  const { headersTimeout, requestTimeout } = (await startApi(t)).app.server;
  assert.deepEqual([headersTimeout, requestTimeout], [30_000, 120_000]);
});

test('the log of a request has its route and neither its token nor its address', async (t) => {
  const api = await startApi(t);
  await api.call('GET', '/api/v1/instances?filter=secretname');
  const line = api.logged.find((each) => each.includes('"msg":"request"')) ?? '';
  assert.match(line, /"method":"GET","route":"\/api\/v1\/instances","status":200/);
  assert.equal(
    api.logged.some((each) => each.includes('secretname') || each.includes(api.token)),
    false,
  );
});

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly description?: string }>>;
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly schema: { readonly required?: readonly string[] } }>
    >;
  };
}
