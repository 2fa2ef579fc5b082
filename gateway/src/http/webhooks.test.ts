import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sql } from '../database/sql.ts';
import { authority, localhostCertificate, serverKey } from '../delivery/testing/certificates.ts';
import { startApi, type Api } from './testing/start-api.ts';

const url = 'https://a.example/hook/secret';
const path = '/api/v1/instances/1/webhooks';
const defaults = {
  headers: {},
  deadlineMs: null,
  ordering: 'chat',
  ratePerSecond: null,
  verifyTls: true,
  ca: null,
  quota: {
    deliveriesMax: 1_000_000,
    bytesMax: 4 * 1024 ** 3,
    ageMsMax: null,
    whenReached: 'pause',
  },
  media: { inline: false, bytesMax: 100_000 },
  retryPolicy: 'eazewa',
  clientCertificate: null,
  clientKey: null,
};

test('a webhook is shown with what waits for it', async (t) => {
  const api = await apiWithInstances(t);
  const { body } = await api.call('GET', `${path}/main`);
  const backlog = { deliveries: 2, bytes: 500, oldestAt: 1_700_000_000_000, isCounted: true };
  assert.deepEqual((body as { backlog: unknown }).backlog, backlog);
});

test('a subscription is made with 201, and its secret is shown this once', async (t) => {
  const api = await apiWithInstances(t);
  const json = { url, events: ['message', 'message', 'call'], source: 'zapier' };
  const { status, body } = await api.call('POST', path, { json });
  assert.equal(status, 201);
  const webhook = {
    id: 3,
    instanceId: 1,
    url,
    events: ['message', 'call'],
    source: 'zapier',
    isActive: true,
    createdAt: new Date(api.clock.now()).toISOString(),
    isSigned: true,
    oldSecretUntil: null,
    ...defaults,
  };
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  assert.deepEqual(body, {
    data: { ...webhook, secret },
    links: { self: 'https://wa.example.com/api/v1/instances/1/webhooks' },
    status: 'success',
  });
  assert.deepEqual(data(await api.call('GET', `${path}/3`)), webhook);
  assert.deepEqual(data(await api.call('GET', path)), [webhook]);
  assert.equal(
    api.logged.some((line) => line.includes('whsec_') || line.includes('/secret')),
    false,
  );
});

test('the same URL again is the same webhook, unchanged, with 200 and without its secret', async (t) => {
  const api = await apiWithInstances(t);
  const first = await subscribe(api, { url });
  const { status, body } = await api.call('POST', path, { json: { url, events: ['call'], source: 'n8n' } });
  assert.equal(status, 200);
  const again = data({ body });
  assert.deepEqual([again.id, again['events'], again['source']], [first.id, ['message'], 'api']);
  assert.equal('secret' in again, false);
  const other = await api.call('POST', '/api/v1/instances/2/webhooks', {
    json: { url, events: ['message'] },
  });
  assert.equal(other.status, 201, 'another instance has webhooks of its own');
});

test('callers that ask for the same URL at the same time get one webhook', async (t) => {
  const api = await apiWithInstances(t);
  const json = { url, events: ['message'] };
  const answers = await Promise.all([1, 2, 3].map(() => api.call('POST', path, { json })));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 200, 201],
  );
  assert.equal(api.webhooks.of(1).length, 2);
});

test('the value of X-Hook-Secret comes back in the header, and nothing is signed with it', async (t) => {
  const api = await apiWithInstances(t);
  const request = { json: { url, events: ['message'] }, headers: { 'x-hook-secret': 'handshake 1' } };
  for (const status of [201, 200]) {
    const answer = await api.call('POST', path, request);
    assert.deepEqual([answer.status, answer.headers['x-hook-secret']], [status, 'handshake 1']);
    assert.equal(JSON.stringify(answer.body).includes('handshake'), false);
  }
  assert.equal(JSON.stringify(api.webhooks.of(1)).includes('handshake'), false);
  const none = await api.call('POST', path, { json: request.json });
  assert.equal('x-hook-secret' in none.headers, false);
});

test('twenty-five are active at most; one that is not active makes room', async (t) => {
  const api = await apiWithInstances(t);
  const made = [];
  for (let number = 1; number <= 25; number++) {
    made.push(await subscribe(api, { url: `https://a.example/${number}` }));
  }
  const full = 'The instance has 25 active webhooks, the most that it can: delete one first.';
  const json = { url: 'https://a.example/26', events: ['message'] };
  const refused = await api.call('POST', path, { json });
  assert.deepEqual(
    [refused.status, refused.body],
    [422, { message: 'The given data was invalid.', errors: { url: [full] } }],
  );
  assert.equal((await api.call('POST', path, { json: { ...json, url: 'https://a.example/7' } })).status, 200);
  const first = `${path}/${made[0]?.id}`;
  assert.equal(data(await api.call('PUT', first, { json: { isActive: false } }))['isActive'], false);
  assert.equal((await api.call('POST', path, { json })).status, 201);
  const back = await api.call('PUT', first, { json: { isActive: true } });
  assert.deepEqual(
    [back.status, back.body],
    [422, { message: 'The given data was invalid.', errors: { isActive: [full] } }],
  );
});

test('a hundred are the most, also of those that are not active', async (t) => {
  const api = await apiWithInstances(t);
  for (let number = 1; number <= 100; number++) {
    await subscribe(api, { url: `https://a.example/${number}`, isActive: false });
  }
  const json = { url: 'https://a.example/101', events: ['message'], isActive: false };
  const full = 'The instance has 100 webhooks, the most that it can: delete one first.';
  const refused = await api.call('POST', path, { json });
  assert.deepEqual(
    [refused.status, refused.body],
    [422, { message: 'The given data was invalid.', errors: { url: [full] } }],
  );
});

test('a removed subscription is gone, and the one of Update Instance stays', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  assert.deepEqual(await statusAndBody(api.call('DELETE', `${path}/${id}`)), [204, '']);
  assert.equal((await api.call('GET', `${path}/${id}`)).status, 404);
  assert.equal((await api.call('DELETE', `${path}/${id}`)).status, 404);
  const message = 'Every instance keeps the webhook of Update Instance: set its url to null instead.';
  for (const main of ['main', '1']) {
    assert.deepEqual(await statusAndBody(api.call('DELETE', `${path}/${main}`)), [422, { message }]);
  }
});

test('main is the webhook of Update Instance, unsigned until a secret is asked for', async (t) => {
  const api = await apiWithInstances(t);
  await api.call('PUT', '/api/v1/instances/1', { json: { webhook: { url, events: ['message'] } } });
  const main = data(await api.call('GET', `${path}/main`));
  assert.deepEqual([main.id, main['url'], main['source'], main['isSigned']], [1, url, 'instance', false]);
  assert.deepEqual(data(await api.call('GET', path)), []);
  await api.call('PUT', `${path}/main`, { json: { deadlineMs: 5000, url: null } });
  const { body } = await api.call('GET', '/api/v1/instances/1/client/status');
  assert.ok(JSON.stringify(body).includes('"instanceWebhook":null'));
  assert.equal(api.webhooks.main(1).options.deadlineMs, 5000);
});

test('every setting can be changed alone, and what is left out stays', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  const changes = [
    { events: ['call', 'qr'] },
    { url: 'https://b.example/' },
    { isActive: false },
    { deadlineMs: 1000 },
    { ordering: 'instance' },
    { ratePerSecond: 0.5 },
    { verifyTls: false },
    { ca: authority },
    { quota: { deliveriesMax: 10 } },
    { media: { inline: true } },
    { media: { bytesMax: 500_000 } },
    { retryPolicy: 'reliable' },
    { retryStatuses: [500, 503, 500], retryMaxAgeMs: 60_000 },
  ];
  for (const json of changes) assert.equal((await api.call('PUT', `${path}/${id}`, { json })).status, 200);
  const webhook = data(await api.call('GET', `${path}/${id}`));
  const expected = {
    ...defaults,
    ...Object.assign({}, ...changes),
    quota: { ...defaults.quota, deliveriesMax: 10 },
    media: { inline: true, bytesMax: 500_000 },
    retryStatuses: [500, 503],
  };
  assert.deepEqual({ ...webhook, ...expected }, webhook);
  const back = { retryPolicy: 'eazewa', deadlineMs: null, ratePerSecond: null, ca: null };
  const reset = data(await api.call('PUT', `${path}/${id}`, { json: back }));
  assert.deepEqual({ ...reset, ...back }, reset);
  assert.equal('retryStatuses' in reset, false);
});

test('values of headers and the client key are never shown, and the mask leaves them as they are', async (t) => {
  const api = await apiWithInstances(t);
  const headers = { 'X-Api-Key': 'hush', 'X-Other': 'quiet' };
  const made = await subscribe(api, {
    url,
    headers,
    clientCertificate: localhostCertificate,
    clientKey: serverKey,
  });
  assert.deepEqual(made['headers'], { 'X-Api-Key': '********', 'X-Other': '********' });
  assert.deepEqual([made['clientCertificate'], made['clientKey']], [localhostCertificate, '********']);
  const one = `${path}/${made.id}`;
  // Whoever reads it and writes it back changes nothing.
  const { headers: shown, clientCertificate, clientKey } = data(await api.call('GET', one));
  await api.call('PUT', one, { json: { headers: shown, clientCertificate, clientKey } });
  const secrets = () => api.webhooks.get(made.id)?.secrets;
  assert.deepEqual(secrets()?.headers, headers);
  assert.deepEqual(secrets()?.client, { certificate: localhostCertificate, key: serverKey });
  await api.call('PUT', one, {
    json: { headers: { 'x-api-key': 'new', 'X-Other': null }, clientCertificate: null, clientKey: null },
  });
  assert.deepEqual(secrets()?.headers, { 'x-api-key': 'new' });
  assert.equal(secrets()?.client, null);
  const text = api.logged.join('');
  assert.equal(
    ['hush', 'quiet', 'PRIVATE KEY'].some((secret) => text.includes(secret)),
    false,
  );
});

test('a whole answer can be sent back and changes nothing; a setting that there is not is refused', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url, headers: { 'X-Key': 'secret' }, retryPolicy: 'reliable' });
  const before = data(await api.call('GET', `${path}/${id}`));
  assert.deepEqual(data(await api.call('PUT', `${path}/${id}`, { json: before })), before);
  const wrong = await api.call('PUT', `${path}/${id}`, { json: { retryPolcy: 'reliable' } });
  const problem = 'There is no field retryPolcy. Did you mean "retryPolicy"?';
  assert.deepEqual(
    [wrong.status, wrong.body],
    [422, { message: 'The given data was invalid.', errors: { retryPolcy: [problem] } }],
  );
});

test('two changes of headers at the same time both count', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  const names = ['X-A', 'X-B', 'X-C'];
  await Promise.all(
    names.map((name) => api.call('PUT', `${path}/${id}`, { json: { headers: { [name]: '1' } } })),
  );
  assert.deepEqual(Object.keys(api.webhooks.get(id)?.secrets.headers ?? {}), names);
});

test('the ordering cannot be changed while events wait', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  const ordering = async (value: string) =>
    (await api.call('PUT', `${path}/${id}`, { json: { ordering: value } })).status;
  await api.db.commit([
    sql`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at)
      values (1, ${id}, 5, 'evt_1', 'pending', 0, 0)`,
  ]);
  assert.deepEqual([await ordering('instance'), await ordering('chat')], [422, 200]);
  await api.db.commit([sql`update deliveries set state = 'delivered'`]);
  assert.equal(await ordering('instance'), 200);
});

test('a form does the same as JSON', async (t) => {
  const api = await apiWithInstances(t);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const fields =
    'deadlineMs=2000&ratePerSecond=1.5&isActive=0&headers[X-A]=b&quota[deliveriesMax]=9&media[inline]=1';
  const raw = `url=${encodeURIComponent(url)}&events[0]=message&source=make&${fields}`;
  const { status, body } = await api.call('POST', path, { raw, headers });
  assert.equal(status, 201);
  const { deadlineMs, ratePerSecond, isActive, source, quota, media } = data({ body });
  assert.deepEqual([deadlineMs, ratePerSecond, isActive, source], [2000, 1.5, false, 'make']);
  assert.equal(Object(quota)['deliveriesMax'], 9);
  assert.equal(Object(media)['inline'], true);
  assert.deepEqual(api.webhooks.get(3)?.secrets.headers, { 'X-A': 'b' });
});

test('a webhook of another instance is not found, and neither is one that a token does not reach', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  const foreign = `/api/v1/instances/2/webhooks/${id}`;
  const { text: token } = await api.tokens.create({
    name: 'two',
    permissions: ['read', 'update'],
    instanceIds: [2],
  });
  const calls = [
    ['GET', foreign, null],
    ['PUT', foreign, null],
    ['DELETE', foreign, null],
    ['POST', `${foreign}/secret`, null],
    ['DELETE', `${foreign}/secret`, null],
    ['POST', `${foreign}/test`, null],
    ['GET', `${path}/${id}`, token],
    ['GET', path, token],
    ['POST', `${path}/${id}/secret`, token],
  ] as const;
  for (const [method, address, token] of calls) {
    const request = method === 'PUT' ? { json: {} } : {};
    const { status } = await api.call(method, address, token === null ? request : { ...request, token });
    assert.equal(status, 404, `${method} ${address}`);
  }
  assert.equal((await api.call('GET', `${path}/${id}`)).status, 200);
});

test('a token that may only read sees webhooks and changes none', async (t) => {
  const api = await apiWithInstances(t);
  const { id } = await subscribe(api, { url });
  const { text: token } = await api.tokens.create({
    name: 'reader',
    permissions: ['read'],
    instanceIds: null,
  });
  assert.equal((await api.call('GET', `${path}/${id}`, { token })).status, 200);
  for (const [method, address] of [
    ['POST', path],
    ['DELETE', `${path}/${id}`],
    ['POST', `${path}/${id}/secret`],
    ['POST', `${path}/${id}/test`],
  ] as const) {
    assert.equal((await api.call(method, address, { token })).status, 403);
  }
});

/** Two instances; their main webhooks are 1 and 2. */
async function apiWithInstances(t: TestContext): Promise<Api> {
  const api = await startApi(t);
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  await api.call('POST', '/api/v1/instances', { json: { name: 'Office' } });
  return api;
}

async function subscribe(api: Api, fields: object): Promise<Shown> {
  const answer = await api.call('POST', path, { json: { events: ['message'], ...fields } });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return data(answer);
}

type Shown = Readonly<Record<string, unknown>> & { readonly id: number };

function data({ body }: { readonly body: unknown }): Shown {
  return Object(Object(body)['data']);
}

async function statusAndBody(answer: ReturnType<Api['call']>): Promise<unknown[]> {
  const { status, body } = await answer;
  return [status, body];
}
