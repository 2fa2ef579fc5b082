import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../demo/free-port.ts';
import { startBot } from '../demo/parts.ts';
import { endedDeliveries } from './support/deliveries.ts';
import { receiveRequests, type ReceivedRequest } from './support/receive-requests.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
let url: string;
/** A real message as the gateway delivered it, before the bot was the webhook. */
let delivered: ReceivedRequest;

before(async () => {
  world = await startWorld();
  url = await startBot(world.stage, world);
  const { client, instanceId, contact, shop } = world;
  await using receiver = await receiveRequests();
  await client.updateInstance(instanceId, { webhook: { url: receiver.url, events: ['message'] } });
  await contact.send(shop, 'first');
  delivered = await receiver.first;
  await endedDeliveries(world, ['message'], 1);
});

after(() => world[Symbol.asyncDispose]());

test('the reply-bot answers a message that a phone sends, and its writer can read the answer', async () => {
  const { client, instanceId, contact, shop } = world;
  await client.updateInstance(instanceId, { webhook: { url, events: ['message'] } });
  await contact.send(shop, 'hello');
  const answer = await answerOf('Hello, Ada! Write me anything, and I send it back.');
  assert.equal(answer.from, shop.number);
  await contact.send(shop, 'a question?');
  await answerOf('You wrote: a question?');
});

test('an event that comes twice, also at once and after a restart of the bot, is answered once', async () => {
  assert.deepEqual(await Promise.all([deliver(url), deliver(url)]), [200, 200]);
  assert.equal(await deliver(url), 200);
  const other = await startBot(world.stage, world);
  assert.equal(await deliver(other), 200);
  // What is answered later comes later: no second answer can still be on its way when this one is there.
  await world.contact.send(world.shop, 'the end');
  await answerOf('You wrote: the end');
  const answers = world.contact.messages.filter(({ text }) => text === 'You wrote: first');
  assert.equal(answers.length, 1);
});

test('own messages and acks are taken without an answer, so that the bot never talks to itself', async () => {
  const { client, instanceId, contact, shop } = world;
  const events = ['message', 'message_create', 'message_ack'] as const;
  await client.updateInstance(instanceId, { webhook: { url, events } });
  const before = contact.messages.length;
  await contact.send(shop, 'with all events');
  await answerOf('You wrote: with all events');
  await contact.read(shop);
  const created = await endedDeliveries(world, ['message_create'], 2);
  const acks = await endedDeliveries(world, ['message_ack'], 3);
  assert.ok([...created, ...acks].every(({ state }) => state === 'delivered'));
  await contact.send(shop, 'and now?');
  await answerOf('You wrote: and now?');
  assert.equal(contact.messages.length, before + 4, 'two messages and their answers');
});

test('who does not know the token gets 401, and what is no event 400', async () => {
  assert.equal(await deliver(`${url}x`), 401);
  assert.equal(await deliver(new URL('/', url).href), 404);
  assert.equal(await post(url, Buffer.from('{}')), 400);
  assert.equal(await post(url, Buffer.from('{"event":"of_tomorrow","instanceId":"1","data":{}}')), 200);
});

test('without a gateway the bot gives no response, so that the event comes again; a refusal is an error', async () => {
  const gatewayUrl = `http://127.0.0.1:${await freePort()}`;
  const alone = await startBot(world.stage, { gatewayUrl, token: world.token });
  await assert.rejects(deliver(alone), TypeError);
  const ofNoInstance = delivered.body.toString().replace('"instanceId":"1"', '"instanceId":"999"');
  assert.equal(await post(url, Buffer.from(ofNoInstance)), 500);
});

function answerOf(text: string) {
  return world.contact.waitForMessage((message) => !message.fromMe && message.text === text, 60_000);
}

/** Brings the first message to a bot, as the gateway would when it had no answer. */
function deliver(to: string): Promise<number> {
  return post(to, delivered.body, { 'webhook-id': String(delivered.headers['webhook-id']) });
}

async function post(to: string, body: Buffer, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.body?.cancel();
  return response.status;
}
