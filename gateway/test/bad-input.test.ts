import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './support/until.ts';
import { startWorld, type World } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop' });
const friend = simulator.addPhone({ name: 'Friend' });
const ready = await world.link(shop, ['message']);
const unpaired = await world.create(['qr']);
await quiet(world);

const [own, instance] = [new URL(world.url), `/instances/${ready.id}`];
const send = `${instance}/client/action/send-message`;
const chatId = `${friend.number}@c.us`;
const invalid = (errors: Record<string, string[]>) => ({ message: 'The given data was invalid.', errors });

test('unknown event names are refused, and the right one is offered', async () => {
  const cases: [unknown, Record<string, string[]>][] = [
    [
      ['mesage'],
      { 'webhook.events.0': ['The selected webhook.events.0 is invalid. Did you mean "message"?'] },
    ],
    [
      ['Message'],
      { 'webhook.events.0': ['The selected webhook.events.0 is invalid. Did you mean "message"?'] },
    ],
    [['message', 'nonsense'], { 'webhook.events.1': ['The selected webhook.events.1 is invalid.'] }],
    [['presence_update'], { 'webhook.events.0': ['The selected webhook.events.0 is invalid.'] }],
    [[1], { 'webhook.events.0': ['The selected webhook.events.0 is invalid.'] }],
    ['message', { 'webhook.events': ['The webhook.events field must be an array.'] }],
    [{ 0: 'message' }, { 'webhook.events': ['The webhook.events field must be an array.'] }],
    [
      Array.from({ length: 101 }, () => 'message'),
      { 'webhook.events': ['The webhook.events field must not have more than 100 items.'] },
    ],
  ];
  for (const [events, errors] of cases) {
    await refuses({ method: 'PUT', path: instance, json: { webhook: { events } } }, 422, invalid(errors));
    const json = { name: 'never made', webhook: { url: receiver.url, events } };
    await refuses({ method: 'POST', path: '/instances', json }, 422, invalid(errors));
  }
});

test('a webhook URL that is none, or no http one, is refused', async () => {
  const cases: [unknown, string][] = [
    ['ftp://example.com/', 'The URL must begin with http:// or https://.'],
    ['javascript:alert(1)', 'The URL must begin with http:// or https://.'],
    ['https:/example.com', 'The URL must begin with http:// or https://.'],
    ['example.com/hook', 'This is not a valid URL.'],
    ['http://', 'This is not a valid URL.'],
    ['http:///hook', 'This is not a valid URL.'],
    ['http://example.com:99999/', 'This is not a valid URL.'],
    ['http://example.com:0/', 'The URL has no usable port.'],
    ['http://user:password@example.com/', 'The URL must not contain a user name or password.'],
    ['http://exam ple.com/', 'The URL contains a space, a control character or a backslash.'],
    ['http://example.com\\@other.example/', 'The URL contains a space, a control character or a backslash.'],
    [
      `http://example.com/${'x'.repeat(2048)}`,
      'The webhook.url field must not be greater than 2048 characters.',
    ],
    [5, 'The webhook.url field must be a string.'],
  ];
  for (const [url, problem] of cases) await refusesUrl(world, url, problem);
});

test('a webhook URL never leads to the gateway itself, nor to a cloud that tells secrets', async () => {
  const itself = `127.0.0.1:${own.port} is the gateway itself, which is never allowed.`;
  await refusesUrl(world, `${world.url}/api/v1/instances`, `The URL leads to 127.0.0.1: ${itself}`);
  await refusesUrl(world, `http://localhost:${own.port}/`, `The URL leads to localhost: ${itself}`);
  await refusesUrl(world, `http://2130706433:${own.port}/`, `The URL leads to 127.0.0.1: ${itself}`);
  const metadata = "a cloud's metadata service, which is never allowed.";
  const [address, name] = ['169.254.169.254', 'metadata.google.internal'];
  await refusesUrl(
    world,
    `http://${address}/latest`,
    `The URL leads to ${address}: ${address} is ${metadata}`,
  );
  await refusesUrl(world, `http://${name}/`, `The URL leads to ${name}: it is ${metadata}`);
});

test('once it listens for others, no private address is a webhook unless the operator allows it', async () => {
  const allowWebhookAddresses = ['10.1.0.0/16'];
  const open = await startWorld({ simulator, config: { host: '0.0.0.0', allowWebhookAddresses } });
  await open.create();
  await quiet(open);
  for (const host of [
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '127.0.0.1',
    '[::1]',
    '[fd00::1]',
    '169.254.1.1',
  ]) {
    await refusesUrl(open, `http://${host}:8080/hook`, notPublic(host));
  }
  await refusesUrl(open, 'http://localhost:8080/', notPublic('localhost', '127.0.0.1'));
  await refusesUrl(open, 'http://[::ffff:10.0.0.1]/', notPublic('[::ffff:a00:1]'));
  for (const url of ['http://10.1.2.3:8080/hook', 'https://example.com/hook']) {
    const { status } = await open.api('PUT', '/instances/1', { webhook: { url } });
    assert.equal(status, 200, url);
  }
});

test('without the right token nothing is told, not even whether an instance exists', async () => {
  const wrong = [
    undefined,
    'Bearer',
    'Bearer wrong',
    world.token,
    `Bearer ${world.token}x`,
    `Bearer ${world.token.slice(0, -1)}`,
    `Basic ${btoa(`admin:${world.token}`)}`,
  ];
  for (const authorization of wrong) {
    for (const path of [instance, '/instances/999', '/nothing', '/instances']) {
      await refuses({ method: 'GET', path, authorization }, 401, { message: 'Unauthenticated.' });
    }
    const json = { name: 'taken over' };
    await refuses({ method: 'PUT', path: instance, json, authorization }, 401, {
      message: 'Unauthenticated.',
    });
    await refuses({ method: 'DELETE', path: instance, authorization }, 401, {
      message: 'Unauthenticated.',
    });
  }
});

test('an instance that does not exist is not found, whatever is asked of it', async () => {
  for (const id of ['999', '0', '-1', '1.5', 'abc', '01', '1e0', '99999999999999999999']) {
    const nobody = { message: `There is no instance ${id}.` };
    for (const path of ['', '/client/status', '/client/qr', '/client/me', '/deliveries']) {
      await refuses({ method: 'GET', path: `/instances/${id}${path}` }, 404, nobody);
    }
    await refuses({ method: 'PUT', path: `/instances/${id}`, json: { name: 'x' } }, 404, nobody);
    await refuses({ method: 'DELETE', path: `/instances/${id}` }, 404, nobody);
    const action = `/instances/${id}/client/action/send-message`;
    await refuses({ method: 'POST', path: action, json: { chatId, message: 'x' } }, 404, nobody);
  }
});

test('a body that cannot be read, or is too large, is refused', async () => {
  const put = { method: 'PUT', path: instance };
  const notJson = { message: 'The body is not valid JSON.' };
  for (const raw of ['{', 'name=x', '{"name":"x",}', "{'name':'x'}"])
    await refuses({ ...put, raw }, 400, notJson);
  const latin1 = Buffer.from('{"name":"\xe4"}', 'latin1');
  await refuses({ ...put, raw: latin1 }, 400, { message: 'The body is not valid UTF-8.' });
  for (const raw of ['[]', '"text"', '5']) {
    await refuses({ ...put, raw }, 422, invalid({ body: ['The body field must be an object.'] }));
  }
  await refuses({ ...put, raw: '<name>x</name>', type: 'application/xml' }, 415, {
    message: 'Send the body as application/json or application/x-www-form-urlencoded.',
  });
  const large = JSON.stringify({ name: 'x'.repeat(2_000_000) });
  await refuses({ ...put, raw: large }, 413, { message: 'The body is too large.' });
});

test('names and texts have their limits', async () => {
  const names: [unknown, string][] = [
    ['x'.repeat(256), 'The name field must not be greater than 255 characters.'],
    ['', 'The name field is required.'],
    [5, 'The name field must be a string.'],
    ['two\nlines', 'The name field format is invalid. A text without control characters.'],
  ];
  for (const [name, problem] of names) {
    await refuses({ method: 'PUT', path: instance, json: { name } }, 422, invalid({ name: [problem] }));
    await refuses({ method: 'POST', path: '/instances', json: { name } }, 422, invalid({ name: [problem] }));
  }
  const tooLong = { message: ['The message field must not be greater than 65536 characters.'] };
  const json = { chatId, message: 'x'.repeat(65_537) };
  await refuses({ method: 'POST', path: send, json }, 422, invalid(tooLong));
  const required = { chatId: ['The chatId field is required.'], message: ['The message field is required.'] };
  await refuses({ method: 'POST', path: send, json: {} }, 422, invalid(required));
  await refuses({ method: 'POST', path: send, json: { chatId: '', message: '' } }, 422, invalid(required));
});

test('a chat id that WhatsApp would take and not deliver is refused in the words of the contract', async () => {
  const digits = 'expected the phone number as digits with the country code, without + or 00.';
  const cases = [
    ['bogus', '"bogus" is missing a domain, expected <id>@c.us.'],
    [friend.number, `"${friend.number}" is missing a domain, expected <id>@c.us.`],
    [`+${friend.number}@c.us`, `"+${friend.number}@c.us" has a malformed id before "@", ${digits}`],
    ['me@c.us', `"me@c.us" has a malformed id before "@", ${digits}`],
    [
      `${friend.number}@example.com`,
      `"${friend.number}@example.com" has an unknown domain, expected <id>@c.us, <id>@lid or <id>@g.us.`,
    ],
  ];
  for (const [chatId, explanation] of cases) {
    const error = {
      status: 'error',
      instanceId: String(ready.id),
      message: 'incorrect chatId format.',
      explanation,
    };
    const links = { self: `${world.url}/api/v1${send}` };
    const answer = { data: error, links, status: 'success' };
    await refuses({ method: 'POST', path: send, json: { chatId, message: 'x' } }, 200, answer);
  }
});

test('an instance that is not ready sends nothing and says what to wait for', async () => {
  const explanation = "The instance's status is qr; wait until it is ready.";
  for (const [action, json] of [
    ['send-message', { chatId, message: 'too early' }],
    ['logout', {}],
  ] as const) {
    const path = `/instances/${unpaired.id}/client/action/${action}`;
    await refuses({ method: 'POST', path, json }, 200, {
      data: { status: 'error', instanceId: String(unpaired.id), message: 'instance not ready', explanation },
      links: { self: `${world.url}/api/v1${path}` },
      status: 'success',
    });
  }
});

test('an action that does not exist is named, with those that do', async () => {
  const path = `${instance}/client/action/send-mesage`;
  const message = 'There is no action "send-mesage".';
  const explanation =
    'The actions of this gateway are send-message, send-media, download-media, get-message-by-id, logout, reboot, request-pairing-code.';
  await refuses({ method: 'POST', path, json: { chatId, message: 'x' } }, 404, {
    message,
    data: { status: 'error', instanceId: String(ready.id), message, explanation },
    links: { self: `${world.url}/api/v1${path}` },
    status: 'error',
  });
});

test('after all of this the number works as before, and the friend got nothing', async () => {
  assert.deepEqual(friend.messages, []);
  await friend.send(shop, 'hello');
  await ready.message('hello');
  assert.equal((await ready.act('send-message', { chatId, message: 'hello back' }))['status'], 'success');
  await friend.waitForMessage(({ text }) => text === 'hello back');
  assert.equal(friend.messages.filter(({ fromMe }) => !fromMe).length, 1);
});

function notPublic(host: string, address = host): string {
  return `The URL leads to ${host}: ${address} is not a public address; EAZEWA_ALLOW_WEBHOOK_ADDRESSES can allow it.`;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly raw?: string | Buffer<ArrayBuffer>;
  readonly type?: string;
  /** The right token unless it says otherwise. */
  readonly authorization?: string | undefined;
}

/** Asks, compares the whole answer, and looks whether anything has changed. */
async function refuses(asked: Asked, status: number, body: unknown, of: World = world): Promise<void> {
  const before = everything(of);
  const response = await ask(asked, of);
  const what = `${asked.method} ${asked.path} ${JSON.stringify(asked.json ?? asked.raw ?? '').slice(0, 200)}`;
  assert.deepEqual(JSON.parse(await response.text()), body, what);
  assert.equal(response.status, status, what);
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.deepEqual(everything(of), before, `${what} changed something`);
}

async function refusesUrl(of: World, url: unknown, problem: string): Promise<void> {
  const json = { webhook: { url, events: ['ready'] } };
  const answer = invalid({ 'webhook.url': [problem] });
  await refuses({ method: 'PUT', path: '/instances/1', json }, 422, answer, of);
  await refuses({ method: 'POST', path: '/instances', json }, 422, answer, of);
}

function ask({ method, path, json, raw, type = 'application/json', ...given }: Asked, of: World) {
  const authorization = 'authorization' in given ? given.authorization : `Bearer ${of.token}`;
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  return fetch(`${of.url.replace('0.0.0.0', '127.0.0.1')}/api/v1${path}`, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
  });
}

/** Resolves once nothing is under way any more that would change something by itself. */
async function quiet(of: World): Promise<void> {
  await until(() => {
    const restless = of.read(`select 1 from instances where state not in ('ready', 'qr')
      union all select 1 from inbox where state in ('undecided', 'decided')
      union all select 1 from deliveries where state = 'pending'`);
    return restless.length === 0;
  });
}

/** All that requests can change. */
function everything(of: World): unknown[] {
  const tables = ['instances', 'tokens', 'webhooks', 'outgoing', 'messages', 'events', 'deliveries'];
  return tables.map((table) => of.read(`select * from ${table}`));
}
