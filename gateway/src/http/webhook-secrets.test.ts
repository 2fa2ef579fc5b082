import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { sql } from '../database/sql.ts';
import { startApi, type Api } from './testing/start-api.ts';

const path = '/api/v1/instances/1/webhooks';
const hours = 3_600_000;

test('a new secret signs beside the old one for 24 hours', async (t) => {
  const api = await signingApi(t);
  await api.call('POST', path, { json: { url: 'https://a.example/', events: ['message'] } });
  const second = await api.call('POST', `${path}/2/secret`);
  assert.equal(second.status, 200);
  const oldSecretUntil = new Date(api.clock.now() + 24 * hours).toISOString();
  assert.deepEqual(second.body, {
    data: { secret: text(2), oldSecretUntil },
    links: { self: 'https://wa.example.com/api/v1/instances/1/webhooks/2/secret' },
    status: 'success',
  });
  assert.deepEqual(keys(api), [text(2), text(1)]);
  assert.deepEqual(await shown(api, '2'), [true, oldSecretUntil]);
  await api.call('POST', `${path}/2/secret`);
  assert.deepEqual(keys(api), [text(3), text(2)], 'never more than two');
  api.clock.advance(24 * hours);
  assert.deepEqual(await shown(api, '2'), [true, null]);
});

test('main gets its first secret when it is asked for', async (t) => {
  const api = await signingApi(t);
  assert.deepEqual(await shown(api, 'main'), [false, null]);
  const { body } = await api.call('POST', `${path}/main/secret`);
  assert.deepEqual(Object(body)['data'], { secret: text(1), oldSecretUntil: null });
  assert.deepEqual(await shown(api, 'main'), [true, null]);
});

test('without its secrets a webhook is not signed any more', async (t) => {
  const api = await signingApi(t);
  await api.call('POST', path, { json: { url: 'https://a.example/', events: ['message'] } });
  await api.call('POST', `${path}/2/secret`);
  const { status, body } = await api.call('DELETE', `${path}/2/secret`);
  assert.deepEqual([status, body], [204, '']);
  assert.deepEqual(keys(api), []);
  assert.deepEqual(await shown(api, '2'), [false, null]);
});

test('a secret is nowhere to be read but in the one answer', async (t) => {
  const api = await signingApi(t);
  await api.call('POST', path, { json: { url: 'https://a.example/', events: ['message'] } });
  await api.call('POST', `${path}/2/secret`);
  const answers = [
    await api.call('GET', path),
    await api.call('GET', `${path}/2`),
    await api.call('PUT', `${path}/2`, { json: { deadlineMs: 1000 } }),
    await api.call('GET', '/api/v1/instances/1'),
  ];
  const rows = await api.db.all(sql`select * from webhooks`);
  const stored = rows.map((row) =>
    Object.values(row)
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join(' '),
  );
  const everything = [...answers.map(({ body }) => JSON.stringify(body)), ...api.logged, ...stored].join(
    '\n',
  );
  assert.equal(everything.includes('whsec_'), false);
  assert.equal(everything.includes(text(2).slice(6)), false);
});

/** Secrets are made of 1s, then of 2s, and so on. */
async function signingApi(t: TestContext): Promise<Api> {
  let made = 0;
  const api = await startApi(t, { randomBytes: (count) => new Uint8Array(count).fill(++made) });
  await api.call('POST', '/api/v1/instances', { json: { name: 'Shop' } });
  return api;
}

function text(number: number): string {
  return `whsec_${Buffer.alloc(32, number).toString('base64')}`;
}

function keys(api: Api): string[] {
  return api.webhooks.get(2)?.secrets.signing.map(({ key }) => key) ?? [];
}

async function shown(api: Api, webhook: string): Promise<unknown[]> {
  const { body } = await api.call('GET', `${path}/${webhook}`);
  const { isSigned, oldSecretUntil } = Object(Object(body)['data']);
  return [isSigned, oldSecretUntil];
}
