import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { InvalidSignature, type InvalidSignatureCode } from './invalid-signature.ts';
import { signWebhook } from './sign.ts';
import { verifyWebhook, type RequestHeaders } from './verify.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const body = '{"event":"message","instanceId":"33","data":{"message":{"body":"Grüße 👋"}}}';
const id = 'evt_01J';
const nowMs = 1_700_000_000_999;

test('what the standard package signs is verified', async () => {
  for (const text of [body, '', '{}', 'x'.repeat(100_000), '\0\n"\\']) {
    for (const key of [secret, other, `whsec_${randomBytes(64).toString('base64')}`]) {
      const headers = byStandard(text, key);
      assert.deepEqual(await verifyWebhook(text, headers, key, { nowMs }), {
        id,
        sentAtMs: 1_700_000_000_000,
      });
      assert.equal((await verifyWebhook(Buffer.from(text), headers, key, { nowMs })).id, id);
    }
  }
});

test('what is signed here the standard package verifies', async () => {
  for (const key of [secret, other]) {
    const headers = await signWebhook(body, key, { id });
    assert.deepEqual(new Webhook(key).verify(body, headers), JSON.parse(body));
    assert.throws(() => new Webhook(key).verify(`${body} `, headers), WebhookVerificationError);
  }
});

test('the example of the standard itself has the signature that it gives', async () => {
  const example = '{"test": 2432232314}';
  const headers = await signWebhook(example, secret, {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    nowMs: 1_614_265_330_000,
  });
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('headers are found however they are written and whoever holds them', async () => {
  const headers = byStandard(body, secret);
  const upper = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  for (const form of [headers, upper, lists, new Headers(headers), new Map(Object.entries(headers))]) {
    assert.equal((await verifyWebhook(body, asHeaders(form), secret, { nowMs })).id, id);
  }
});

test('while a secret is changed, either side may be first', async () => {
  const headers = byStandard(body, secret);
  assert.equal((await verifyWebhook(body, headers, [other, secret], { nowMs })).id, id);
  const both = `${byStandard(body, other)['webhook-signature']} ${headers['webhook-signature']}`;
  const signedTwice = { ...headers, 'webhook-signature': both };
  for (const known of [secret, other]) {
    assert.equal((await verifyWebhook(body, signedTwice, known, { nowMs })).id, id);
  }
  assert.equal(await codeOf(body, headers, [other]), 'wrong_signature');
});

test('signatures of a later version are passed over', async () => {
  const headers = byStandard(body, secret);
  const value = `v1a,${'A'.repeat(86)}== v2,x ${headers['webhook-signature']}`;
  assert.equal(
    (await verifyWebhook(body, { ...headers, 'webhook-signature': value }, secret, { nowMs })).id,
    id,
  );
});

test('whatever is changed on the way is noticed', async () => {
  const headers = byStandard(body, secret);
  const bytes = Buffer.from(body);
  for (let place = 0; place < bytes.length; place++) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 1;
    assert.equal(await codeOf(changed, headers, secret), 'wrong_signature', `byte ${place}`);
  }
  for (const text of ['', body.slice(1), `${body}\n`, body.normalize('NFD')]) {
    assert.equal(await codeOf(text, headers, secret), 'wrong_signature');
  }
  const signature = headers['webhook-signature'];
  const cases: [Record<string, string>, InvalidSignatureCode][] = [
    [{ 'webhook-id': 'evt_01K' }, 'wrong_signature'],
    [{ 'webhook-timestamp': '1700000001' }, 'wrong_signature'],
    [{ 'webhook-timestamp': '01700000000' }, 'wrong_signature'],
    [{ 'webhook-signature': signature.slice(0, -5) }, 'wrong_signature'],
    [{ 'webhook-signature': `v1,${'A'.repeat(43)}=` }, 'wrong_signature'],
    [{ 'webhook-signature': signature.slice(3) }, 'bad_header'],
    [{ 'webhook-signature': signature.replace('v1', 'v2') }, 'bad_header'],
    [{ 'webhook-signature': 'v1,***' }, 'bad_header'],
    [{ 'webhook-signature': 'v1,' }, 'wrong_signature'],
    [{ 'webhook-signature': '' }, 'missing_header'],
  ];
  for (const [change, code] of cases) {
    assert.equal(await codeOf(body, { ...headers, ...change }, secret), code, JSON.stringify(change));
  }
});

test('a request from long ago or from the future is refused, at the second', async () => {
  const headers = byStandard(body, secret);
  const at = (seconds: number, options = {}) =>
    codeOf(body, headers, secret, { nowMs: nowMs + seconds * 1000, ...options });
  assert.equal(await at(300), null);
  assert.equal(await at(301), 'too_old');
  assert.equal(await at(-300), null);
  assert.equal(await at(-301), 'too_new');
  assert.equal(await at(301, { toleranceS: 600 }), null);
  assert.equal(await at(1, { toleranceS: 0 }), 'too_old');
  for (const timestamp of ['now', '-1', '1e9', '1700000000.5', ' 1700000000', '9'.repeat(16)]) {
    assert.equal(
      await codeOf(body, { ...headers, 'webhook-timestamp': timestamp }, secret),
      'bad_header',
      timestamp,
    );
  }
});

test('what is missing is named, and nothing secret is told', async () => {
  const headers = byStandard(body, secret);
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    const error = await failureOf(verifyWebhook(body, { ...headers, [name]: undefined }, secret, { nowMs }));
    assert.deepEqual([error.code, error.message.includes(name)], ['missing_header', true]);
    const twice = { ...headers, [name]: [headers[name] ?? '', 'x'] };
    assert.equal(await codeOf(body, twice, secret), 'missing_header');
  }
  const error = await failureOf(verifyWebhook(body, headers, other, { nowMs }));
  assert.equal(/whsec_|v1,/.test(error.message), false);
});

test('a mistake of the receiver is told as one', async () => {
  const headers = byStandard(body, secret);
  for (const none of ['', 'whsec_', 'whsec_***', []]) {
    assert.equal(await codeOf(body, headers, none), 'bad_secret', String(none));
  }
  const untyped: (...args: unknown[]) => Promise<unknown> = Function.prototype.bind.call(verifyWebhook, null);
  assert.equal((await failureOf(untyped(body, headers, undefined, { nowMs }))).code, 'bad_secret');
  assert.equal((await failureOf(untyped(JSON.parse(body), headers, secret, { nowMs }))).code, 'not_raw');
});

test('thousands of signatures in a header cost no more than ten', async () => {
  const headers = byStandard(body, secret);
  const many = `${'v1,AAAA '.repeat(10)}${headers['webhook-signature']}`;
  assert.equal(await codeOf(body, { ...headers, 'webhook-signature': many }, secret), 'wrong_signature');
});

test('a request that a real server received is verified from its bytes and headers', async (t) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request)
      .then((bytes) => verifyWebhook(bytes, request.headers, secret))
      .then(({ id }) => {
        seen.push(id);
        response.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const headers = { ...(await signWebhook(body, secret, { id })), connection: 'close' };
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers });
  assert.deepEqual(seen, [id]);
});

/** The headers as the published package makes them. */
function byStandard(text: string, key: string): Record<string, string> & { 'webhook-signature': string } {
  return {
    'webhook-id': id,
    'webhook-timestamp': '1700000000',
    'webhook-signature': new Webhook(key).sign(id, new Date(1_700_000_000_000), text),
  };
}

function asHeaders(form: unknown): RequestHeaders {
  return form as RequestHeaders;
}

async function codeOf(
  text: string | Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
  options: { nowMs?: number; toleranceS?: number } = {},
): Promise<InvalidSignatureCode | null> {
  return verifyWebhook(text, headers, secrets, { nowMs, ...options }).then(
    () => null,
    (error: unknown) => (error instanceof InvalidSignature ? error.code : Promise.reject(error)),
  );
}

async function failureOf(call: Promise<unknown>): Promise<InvalidSignature> {
  const error = await call.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof InvalidSignature, String(error));
  return error;
}
