import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { startReceiver } from '../demo/parts.ts';
import { endedDeliveries } from './support/deliveries.ts';
import { startWorld, type World } from './support/world.ts';

// The receiver is the documentation's Node.js example, to the letter. Two places differ: the port, which the gateway
// needs itself, and the map of security tokens, which is everybody's own.
const places = {
  port: { documented: 'const port = 3000;', ours: 'const port = process.env.PORT ?? 4000;' },
  tokens: {
    documented: `33: "ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw",`,
    ours: '1: process.env.SECURITY_TOKEN,',
  },
};

let world: World;
let url: string;

before(async () => {
  world = await startWorld();
  url = await startReceiver(world.stage);
});

after(() => world[Symbol.asyncDispose]());

test('the receiver is the documented one, except for the port and the map of tokens', async () => {
  const documented = await linesOf('support/seed-receiver.txt');
  const ours = await linesOf('../express-receiver/receiver.cjs');
  const { port, tokens } = places;
  const expected = documented.map((line) => {
    if (line === port.documented) return port.ours;
    return line === tokens.documented ? tokens.ours : line;
  });
  assert.deepEqual(ours, expected);
  assert.deepEqual(
    documented.filter((line, at) => line !== ours[at]),
    [port.documented, tokens.documented],
  );
});

test('a message that a phone sends is handled with 200, and every other event is refused with 404', async () => {
  const { client, instanceId, contact, shop } = world;
  await client.updateInstance(instanceId, { webhook: { url, events: ['message', 'message_create'] } });
  await contact.send(shop, 'Hello!');
  await world.printed('Handle message event...');
  await world.printed('Cannot handle this event: message_create');
  const deliveries = await endedDeliveries(world, ['message', 'message_create'], 2);
  assert.deepEqual(
    deliveries.map(({ event, state, attempts }) => [event, state, attempts.map(({ status }) => status)]),
    [
      ['message_create', 'rejected', [404]],
      ['message', 'delivered', [200]],
    ],
  );
});

test('a wrong token, or the token of another instance, is refused with 401', async () => {
  const event = { event: 'message', instanceId: String(world.instanceId), data: { message: {} } };
  assert.equal(await post(`${url}x`, event), 401);
  assert.equal(await post(url, { ...event, instanceId: '33' }), 401);
  assert.equal(await post(url, event), 200);
});

test('a body without its parts, or that is no JSON, is refused with 400', async () => {
  const event = { event: 'message', instanceId: String(world.instanceId), data: {} };
  for (const part of ['event', 'instanceId', 'data']) {
    assert.equal(await post(url, { ...event, [part]: undefined }), 400, `without ${part}`);
  }
  assert.equal(await post(url, '{"event":'), 400);
});

test('an event without content of its own is not taken for an invalid body', async () => {
  const event = { event: 'ready', instanceId: String(world.instanceId), data: {} };
  assert.equal(await post(url, event), 404);
});

async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(new URL(path, import.meta.url), 'utf8');
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function post(url: string, body: object | string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}
