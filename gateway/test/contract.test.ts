import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventNames } from '@eazewa/sdk/events';
import { startRawServer } from '../src/delivery/testing/raw-server.ts';
import { brokenPromises } from '../src/delivery/testing/receiver.ts';
import { until } from './support/until.ts';
import { startWorld } from './support/world.ts';

const world = await startWorld();
const { simulator, receiver } = world;
const shop = simulator.addPhone({ name: 'Shop', number: '4930111111', lid: '900000000000001' });
const carol = simulator.addPhone({ name: 'Carol', number: '491701234567', lid: '153978989985921' });
const instance = await world.link(shop, eventNames);

test('a webhook request has the documented headers and body, byte for byte', async () => {
  const raw = await startRawServer(async (connection) => {
    for (;;) {
      await connection.request();
      connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    }
  });
  after(() => raw.close());
  const office = simulator.addPhone({ name: 'Office' });
  const other = await world.link(office);
  await other.setWebhook({ url: `${raw.url}&b=%20c`, events: ['message'] });
  await carol.send(office, 'Grüße 👋');
  await until(() => raw.requests.length === 1);

  const [head = '', latin1 = ''] = (raw.requests[0] ?? '').split('\r\n\r\n');
  const bytes = Buffer.from(latin1, 'latin1');
  const [requestLine, ...lines] = head.split('\r\n');
  assert.equal(requestLine, 'POST /hook?token=secret&b=%20c HTTP/1.1');
  assert.deepEqual(lines.slice(0, 5), [
    `Host: 127.0.0.1:${raw.port}`,
    'Content-Type: application/json',
    'User-Agent: eazeWA Webhook User Agent',
    'Accept-Encoding: identity',
    `Content-Length: ${bytes.length}`,
  ]);
  assert.match(lines[5] ?? '', /^webhook-id: evt_\w+$/);
  assert.deepEqual(lines.slice(6), ['webhook-attempt: 1']);

  const body = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  assert.deepEqual(Object.keys(body), ['event', 'instanceId', 'data']);
  assert.equal(body['event'], 'message');
  assert.equal(body['instanceId'], String(other.id));
  assert.equal((body['data'] as { message: { body: string } }).message.body, 'Grüße 👋');
});

test('a received text has every field of the contract, in its order, and no other', async () => {
  const before = Math.floor(Date.now() / 1000);
  const { id } = await carol.send(shop, 'see https://example.com/a');
  const message = await instance.message('see https://example.com/a');
  const { timestamp } = message;
  assert.ok(timestamp >= before && timestamp <= before + 60, 'seconds since 1970');

  const [from, to] = ['491701234567@c.us', '4930111111@c.us'];
  const messageId = { fromMe: false, remote: from, id, _serialized: `false_${from}_${id}` };
  const links = [{ link: 'https://example.com/a', isSuspicious: false }];
  const common = { isForwarded: false, broadcast: false, hasReaction: false, isEphemeral: false };
  const expected = {
    _data: {
      id: messageId,
      viewed: false,
      body: 'see https://example.com/a',
      type: 'chat',
      t: timestamp,
      notifyName: 'Carol',
      from,
      to,
      ack: 1,
      isNewMsg: true,
      star: false,
      recvFresh: true,
      broadcast: common.broadcast,
      mentionedJidList: [],
      isForwarded: common.isForwarded,
      hasReaction: common.hasReaction,
      isEphemeral: common.isEphemeral,
      isStatusV3: false,
      links,
      lid: '153978989985921@lid',
    },
    id: messageId,
    ack: 1,
    hasMedia: false,
    body: 'see https://example.com/a',
    type: 'chat',
    timestamp,
    from,
    to,
    deviceType: 'android',
    isForwarded: common.isForwarded,
    forwardingScore: 0,
    isStatus: false,
    isStarred: false,
    broadcast: common.broadcast,
    fromMe: false,
    hasQuotedMsg: false,
    hasReaction: common.hasReaction,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    isEphemeral: common.isEphemeral,
    links,
  };
  assert.deepEqual(message, expected);
  const request = instance.requests('message').at(-1);
  assert.equal(
    request?.bytes.toString(),
    JSON.stringify({
      event: 'message',
      instanceId: String(instance.id),
      data: { message: expected, media: null },
    }),
  );
});

test('message_create comes before message, with the same message, and each once', async () => {
  const { id } = await carol.send(shop, 'once');
  const message = await instance.message('once');
  const of = receiver.requests.filter(({ bytes }) => bytes.includes(id));
  assert.deepEqual(
    of.map(({ body }) => body?.event),
    ['message_create', 'message'],
  );
  assert.deepEqual(of[0]?.body?.data, { message });
});

test('a text sent through the API is answered and told as created, then acknowledged 1, 2, 3', async () => {
  carol.autoReceipts = false;
  const chatId = '491701234567@c.us';
  const answer = await instance.call('POST', '/client/action/send-message', { chatId, message: 'hello' });
  assert.equal(answer.status, 200);
  const data = answer.body['data'] as { data: { id: { id: string }; timestamp: number } };
  const { id, timestamp } = { ...data.data, id: data.data.id.id };
  const self = `${world.url}/api/v1/instances/${instance.id}/client/action/send-message`;
  const messageId = { fromMe: true, remote: chatId, id, _serialized: `true_${chatId}_${id}` };
  assert.match(id, /^3EB0[0-9A-F]{18}$/);
  assert.deepEqual(answer.body, {
    data: { status: 'success', instanceId: String(instance.id), data: data.data },
    links: { self },
    status: 'success',
  });
  const facts = { ack: 1, body: 'hello', type: 'chat', from: '4930111111@c.us', to: chatId, fromMe: true };
  const told = data.data as unknown as Record<string, unknown>;
  assert.deepEqual(told['id'], messageId);
  for (const [key, value] of Object.entries(facts)) assert.equal(told[key], value, key);
  assert.equal(told['deviceType'], 'web');
  assert.ok(Math.abs(timestamp - Date.now() / 1000) < 60);

  await carol.waitForMessage((message) => message.id === id && message.text === 'hello');
  carol.confirm(id);
  await until(() => acksOf(id).length === 2);
  await carol.read(id);
  await until(() => acksOf(id).length === 3);
  carol.autoReceipts = true;
  assert.deepEqual(acksOf(id), [1, 2, 3]);
  const of = receiver.requests.filter(({ bytes }) => bytes.includes(id));
  assert.deepEqual(
    of.map(({ body }) => body?.event),
    ['message_create', 'message_ack', 'message_ack', 'message_ack'],
  );
  const [created] = of;
  assert.deepEqual(created?.body?.data, {
    message: { ...data.data, ack: 0, _data: { ...(told['_data'] as object), ack: 0 } },
  });
  for (const { ack, message } of instance.data('message_ack').filter(({ message }) => message.id.id === id)) {
    assert.equal(message.ack, ack);
    assert.equal(message._data.ack, ack);
    assert.deepEqual(message.id, messageId);
  }
});

test('what the owner writes on the own phone is message_create only, from the own number', async () => {
  const { id } = await shop.send(carol, 'from the handset');
  // What comes after it in the same chat shows that no `message` came between.
  await carol.send(shop, 'thanks');
  await instance.message('thanks');
  const of = receiver.requests.filter(({ bytes }) => bytes.includes(id));
  const created = of.filter(({ body }) => body?.event !== 'message_ack');
  assert.deepEqual(
    created.map(({ body }) => body?.event),
    ['message_create'],
  );
  const { message } = instance.data('message_create').find(({ message }) => message.id.id === id)!;
  assert.equal(message.fromMe, true);
  assert.equal(message.from, '4930111111@c.us');
  assert.equal(message.to, '491701234567@c.us');
  assert.equal(message.id._serialized, `true_491701234567@c.us_${id}`);
  assert.equal(message._data.lid, '153978989985921@lid');
  assert.equal(message._data.recvFresh, false);
});

test('a contact is one chat in one lane, whether WhatsApp names it by number or by LID', async () => {
  const dave = simulator.addPhone({ name: 'Dave', deviceIsAndroid: false });
  const count = 20;
  for (let number = 0; number < count; number++) {
    await dave.send(shop, `dave ${number}`, { addressing: number % 2 === 0 ? 'pn' : 'lid' });
  }
  await instance.message(`dave ${count - 1}`);
  const messages = instance.data('message').flatMap(({ message }) => message);
  const own = messages.filter(({ body }) => body.startsWith('dave'));
  assert.deepEqual(
    own.map(({ body }) => body),
    Array.from({ length: count }, (_, number) => `dave ${number}`),
  );
  assert.deepEqual(new Set(own.map(({ from }) => from)), new Set([`${dave.number}@c.us`]));
  assert.deepEqual(new Set(own.map(({ deviceType }) => deviceType)), new Set(['ios']));
  const lanes = world.read(
    `select distinct chat_id from events where name = 'message' and cast(body as text) like '%dave %'`,
  );
  assert.equal(lanes.length, 1);
});

test('a message to a LID arrives, and is told under the phone number that is known', async () => {
  const answer = await instance.act('send-message', { chatId: '153978989985921@lid', message: 'you' });
  assert.equal(answer['status'], 'success');
  const { data } = answer as { data: { id: { remote: string }; to: string } };
  assert.equal(data.to, '491701234567@c.us', 'the phone form, as it is known');
  assert.equal(data.id.remote, '491701234567@c.us');
  await carol.waitForMessage(({ text }) => text === 'you');
});

test('through all of this the webhook saw no repetition, no overlap and no foreign shape', () => {
  assert.deepEqual(brokenPromises(receiver.requests), []);
  for (const { body, headers } of receiver.requests) {
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['user-agent'], 'eazeWA Webhook User Agent');
    assert.equal(headers['transfer-encoding'], undefined);
    assert.deepEqual(Object.keys(body ?? {}), ['event', 'instanceId', 'data']);
    assert.equal(typeof body?.instanceId, 'string');
  }
});

function acksOf(id: string): number[] {
  return instance.data('message_ack').flatMap(({ ack, message }) => (message.id.id === id ? [ack] : []));
}
