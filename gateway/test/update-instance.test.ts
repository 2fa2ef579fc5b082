import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBodyOf, EventName } from '@eazewa/sdk/events';
import { LeapingClock } from './support/leaping-clock.ts';
import type { TestInstance } from './support/test-instance.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const clock = new LeapingClock();
const world = await startWorld({ clock });
const { simulator, receiver } = world;
const events: EventName[] = ['message', 'qr', 'ready'];

test('a webhook can be set directly after creating, and hears of the first QR code', async () => {
  const created = await world.api('POST', '/instances');
  assert.equal(created.status, 200);
  const { id } = created.body['instance'] as { id: number };
  assert.deepEqual(created.body, {
    instance: {
      id,
      name: `instance ${id}`,
      owner: 'admin',
      webhook_url: null,
      webhook_events: [],
      is_trial: false,
    },
    status: 'success',
  });
  const url = `${receiver.url}/${id}`;
  const webhook = { url, events: ['qr', 'qr', 'message'] };
  const updated = await world.api('PUT', `/instances/${id}`, { name: 'Shop', webhook });
  const { data } = updated.body as { data: Record<string, unknown> };
  assert.deepEqual(updated.body, {
    data: {
      status: 'success',
      instanceId: String(id),
      name: 'Shop',
      data: null,
      instanceStatus: data['instanceStatus'],
      instanceWebhook: url,
      instanceEvents: ['qr', 'message'],
    },
    links: { self: `${world.url}/api/v1/instances/${id}` },
    status: 'success',
  });
  assert.ok(['booting', 'qr'].includes(String(data['instanceStatus'])));
  await receiver.until((requests) => requests.some(({ path }) => path === `/hook/${id}`));
  assert.deepEqual((await world.api('GET', `/instances/${id}`)).body['instance'], {
    id,
    name: 'Shop',
    owner: 'admin',
    webhook_url: url,
    webhook_events: ['qr', 'message'],
    is_trial: false,
  });
});

test('a webhook can come along with the creation', async () => {
  const webhook = { url: `${receiver.url}/along`, events: ['qr'] };
  const { body } = await world.api('POST', '/instances', { name: 'Along', webhook });
  const { webhook_url, webhook_events } = body['instance'] as Record<string, unknown>;
  assert.deepEqual({ url: webhook_url, events: webhook_events }, webhook);
  await receiver.until((requests) => requests.some(({ path }) => path === '/hook/along'));
});

test('while a QR code is shown, the next events go where the webhook is now', async () => {
  const shop = simulator.addPhone({ name: 'Shop' });
  const instance = await world.create(events);
  const code = await instance.qr();
  await instance.setWebhook({ url: `${instance.hook}/moved` });
  await shop.scan(code);
  await receiver.until((requests) => requests.some(({ path }) => path === `${instance.path}/moved`));
  assert.deepEqual(
    instance.requests().map(({ body }) => body?.event),
    ['qr'],
  );
});

test('while ready, what is left out stays, and the next message follows the change', async () => {
  const { instance, shop, friend } = await linked();
  await friend.send(shop, 'first');
  await instance.message('first');
  await instance.setWebhook({ url: `${instance.hook}/moved` });
  await friend.send(shop, 'second');
  await receiver.until(() => textsAt(`${instance.path}/moved`).length === 1);
  await instance.setWebhook({ events: ['message_create'] });
  await friend.send(shop, 'third');
  await receiver.until(() => eventsAt(`${instance.path}/moved`).length === 2);
  assert.deepEqual(eventsAt(`${instance.path}/moved`), ['message', 'message_create']);
  const { body } = await instance.call('PUT', '', { name: 'Renamed' });
  const { name, instanceStatus, instanceWebhook, instanceEvents } = body['data'] as Record<string, unknown>;
  assert.deepEqual(
    { name, instanceStatus, instanceWebhook, instanceEvents },
    {
      name: 'Renamed',
      instanceStatus: 'ready',
      instanceWebhook: `${instance.hook}/moved`,
      instanceEvents: ['message_create'],
    },
  );
  assert.deepEqual(instance.texts(), ['first']);
});

test('an event that nobody had subscribed to is not sent later either', async () => {
  const { instance, shop, friend } = await linked();
  await instance.setWebhook({ events: [] });
  await friend.send(shop, 'unheard');
  await until(
    () =>
      world.read(`select 1 from events where instance_id = ${instance.id} and name = 'message'`).length === 1,
  );
  await instance.setWebhook({ events });
  await friend.send(shop, 'heard');
  await instance.message('heard');
  assert.deepEqual(instance.texts(), ['heard']);
});

test('while a delivery is being resent, the next attempt goes to the new URL, with the same bytes', async () => {
  const { instance, shop, friend } = await linked();
  receiver.answerWith(({ path }) => (path === instance.path ? 'reset' : 200));
  await friend.send(shop, 'waits');
  await friend.send(shop, 'behind it');
  await receiver.until(() => instance.requests('message').length === 1);
  await leapUntil(() => instance.requests('message').length === 3);
  await instance.setWebhook({ url: `${instance.hook}/moved` });
  await leapUntil(() => textsAt(`${instance.path}/moved`).length === 2);
  receiver.answerWith(() => 200);
  assert.deepEqual(textsAt(`${instance.path}/moved`), ['waits', 'behind it']);
  const waits = receiver.requests.filter(({ bytes }) => bytes.includes('"waits"'));
  // A reset on a kept connection is repeated at once on a new one, without counting.
  const attempts = [...new Set(waits.map(({ attempt }) => attempt))];
  assert.deepEqual(
    attempts,
    attempts.map((_, index) => index + 1),
  );
  assert.equal(new Set(waits.map(({ bytes }) => bytes.toString('hex'))).size, 1);
  assert.equal(new Set(waits.map(({ eventId }) => eventId)).size, 1);
  // Its end is written down a moment after it has come.
  await until(async () => (await instance.deliveries('message'))[1]?.state === 'delivered');
  const [first, second] = await instance.deliveries('message');
  assert.equal(first?.state, 'delivered');
  assert.deepEqual(
    first?.attempts.map(({ outcome, count }) => [outcome, count]),
    [
      ['silence', attempts.length - 1],
      ['delivered', 1],
    ],
  );
  assert.equal(second?.attempts.length, 1);
});

for (const [how, webhook, reason] of [
  ['a cleared URL', { url: null }, 'webhook_cleared'],
  ['an unsubscribed event', { events: ['qr'] }, 'unsubscribed'],
  ['no event left', { events: [] }, 'unsubscribed'],
] as const) {
  test(`${how} drops at once what waits, and the list says so`, async () => {
    const { instance, shop, friend } = await linked();
    const other = simulator.addPhone({ name: 'Other' });
    receiver.answerWith(({ path }) => (path === instance.path ? 'reset' : 200));
    await friend.send(shop, 'one');
    await friend.send(shop, 'two');
    await other.send(shop, 'three');
    await receiver.until(() => new Set(instance.texts()).size === 2);
    await until(async () => (await instance.deliveries('message')).length === 3);
    clock.stop();
    await instance.setWebhook(webhook);
    // At once: what waits for the three seconds would wait for ever.
    await until(async () => (await instance.deliveries('message')).every(({ state }) => state === 'dropped'));
    clock.go();
    const dropped = await instance.deliveries('message');
    assert.deepEqual(
      dropped.map((row) => row.reason),
      [reason, reason, reason],
    );
    assert.ok(dropped.some(({ attempts }) => attempts[0]?.outcome === 'silence'));

    receiver.answerWith(() => 200);
    await instance.setWebhook({ url: instance.hook, events });
    clock.leap(10_000);
    await friend.send(shop, 'four');
    await other.send(shop, 'five');
    await instance.message('four');
    await instance.message('five');
    const after = instance.requests('message').filter(({ status }) => status === 200);
    assert.equal(after.length, 2, 'what was dropped never comes');
  });
}

test('a receiver that never answers is let go when the URL is cleared', async () => {
  const { instance, shop, friend } = await linked();
  receiver.answerWith(({ path }) => (path === instance.path ? 'hang' : 200));
  await friend.send(shop, 'hanging');
  await receiver.until(() => instance.requests('message').length === 1);
  clock.stop();
  await instance.setWebhook({ url: null });
  await receiver.until(() => instance.requests('message')[0]?.closedAt !== null);
  await until(async () => (await instance.deliveries('message'))[0]?.state === 'dropped');
  clock.go();
  receiver.answerWith(() => 200);
});

test('a deleted instance is gone, with all that waited for it', async () => {
  const { instance, shop, friend } = await linked();
  receiver.answerWith(({ path }) => (path === instance.path ? 'reset' : 200));
  await friend.send(shop, 'one');
  await receiver.until(() => instance.requests('message').length === 1);
  assert.deepEqual(await instance.call('DELETE'), { status: 204, body: {} });
  receiver.answerWith(() => 200);
  for (const path of ['', '/client/status', '/deliveries', '/client/qr']) {
    assert.equal((await instance.call('GET', path)).status, 404, path);
  }
  assert.equal((await instance.call('DELETE')).status, 404);
  for (const table of ['instances', 'webhooks', 'deliveries', 'events', 'inbox', 'auth_keys', 'messages']) {
    const column = table === 'instances' ? 'id' : 'instance_id';
    assert.deepEqual(
      world.read(`select ${column} from ${table} where ${column} = ${instance.id}`),
      [],
      table,
    );
  }
  const made = instance.requests('message').length;
  clock.leap(10_000);
  const next = await linked();
  assert.ok(next.instance.id > instance.id, 'its id is never used again');
  await next.friend.send(next.shop, 'hello');
  await next.instance.message('hello');
  assert.equal(instance.requests('message').length, made, 'no attempt came after that');
});

test('forms as the PHP client sends them do the same as JSON', async () => {
  const url = `${receiver.url}/php?a=1&b=%26`;
  const created = await form('POST', '/instances', {
    name: 'From PHP',
    'webhook[url]': url,
    'webhook[events][0]': 'message',
    'webhook[events][1]': 'message_ack',
  });
  const { instance } = created.body as {
    instance: { id: number; webhook_url: string; webhook_events: string[] };
  };
  assert.equal(instance.webhook_url, url);
  assert.deepEqual(instance.webhook_events, ['message', 'message_ack']);
  const path = `/instances/${instance.id}`;
  const changed = await form('PUT', path, { 'webhook[url]': '', 'webhook[events][0]': 'qr' });
  assert.equal(changed.status, 200);
  const { data } = changed.body as { data: Record<string, unknown> };
  assert.equal(data['instanceWebhook'], null, 'a form has no null: an empty URL is one');
  assert.deepEqual(data['instanceEvents'], ['qr']);
  const refused = await form('PUT', path, { 'webhook[events][0]': 'mesage' });
  assert.equal(refused.status, 422);

  const { shop, friend, instance: ready } = await linked();
  const sent = await form('POST', `/instances/${ready.id}/client/action/send-message`, {
    chatId: `${friend.number}@c.us`,
    message: '12345',
    previewLink: '1',
    'mentions[0]': `${shop.number}@c.us`,
  });
  assert.equal((sent.body['data'] as { status: string }).status, 'success', JSON.stringify(sent.body));
  const message = await friend.waitForMessage(({ text }) => text === '12345');
  assert.equal(message.from, shop.number);
});

async function linked() {
  const shop = simulator.addPhone({ name: 'Shop' });
  const friend = simulator.addPhone({ name: 'Friend' });
  const instance: TestInstance = await world.link(shop, events);
  await instance.nth('ready', 1);
  return { instance, shop, friend };
}

/** Leaps over the three seconds between attempts until it is so. */
async function leapUntil(condition: () => boolean): Promise<void> {
  await until(() => {
    clock.leap(300);
    return condition();
  });
}

function eventsAt(path: string): (string | undefined)[] {
  return receiver.requests.filter((request) => request.path === path).map(({ body }) => body?.event);
}

function textsAt(path: string): string[] {
  return receiver.requests
    .filter((request) => request.path === path)
    .map(({ body }) => (body as unknown as EventBodyOf<'message'>).data.message.body);
}

async function form(method: string, path: string, fields: Record<string, string>) {
  const response = await fetch(`${world.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${world.token}`, accept: 'application/json' },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
