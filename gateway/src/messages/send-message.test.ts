import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageData } from '@eazewa/sdk/events';
import { StoreFailure, type Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { GatewayError } from '../errors.ts';
import type { Connection, MediaContent, OutgoingMessage } from '../instances/connection.ts';
import { createLog } from '../log.ts';
import { createVault } from '../vault.ts';
import { turns, until } from '../testing/until.ts';
import type { MediaToSend, MessageToSend } from './messages.ts';
import { failPending, findOutgoing } from './outgoing-store.ts';
import { MessageSender, type SenderParts } from './send-message.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;
const vault = createVault(Buffer.alloc(32, 1));

for (const { name, open } of databases) {
  test(`${name}: a message is on disk under its final id before anything leaves`, async () => {
    const database = await open();
    const { sender, connection } = senderOn(database);
    const stored = new Promise<string | undefined>((resolve) => {
      connection.onSend = async ({ id }) => resolve((await findOutgoing(database, 1, id))?.state);
    });
    const sending = sender.send(1, text('hello'));
    assert.equal(await stored, 'pending');
    const [{ id, to, content } = assert.fail()] = connection.sent;
    assert.match(id, /^3EB0[0-9A-F]{18}$/);
    assert.deepEqual([to, Buffer.from(content).toString()], ['491701234567@s.whatsapp.net', 'hello']);
    sender.answered(1, { messageId: id, message: data(id, 1), error: null });
    assert.deepEqual(await sending, data(id, 1));
  });

  test(`${name}: a call with the idempotency key of an earlier one gets that one's message, also at the same time`, async () => {
    const database = await open();
    const { sender, connection } = senderOn(database);
    const sending = [1, 2, 3].map(() => sender.send(1, text('once'), 'key'));
    await until(() => connection.sent.length > 0);
    const { id } = connection.sent[0] ?? assert.fail();
    await database.commit([
      sql`update outgoing set state = 'sent' where instance_id = 1 and message_id = ${id}`,
    ]);
    sender.answered(1, { messageId: id, message: data(id, 1), error: null });
    const results = await Promise.all(sending);

    assert.deepEqual(
      results.map((result) => result.id.id),
      [id, id, id],
    );
    assert.equal((await sender.send(1, text('once, says another call'), 'key')).id.id, id);
    assert.equal(connection.sent.length, 1);
  });

  test(`${name}: what was not answered is sent again by the next connection, in order and under the same ids`, async () => {
    const database = await open();
    const { sender, connection, world } = senderOn(database);
    const texts = ['one', 'two', 'three', 'four', 'five'];
    const sending = texts.map((each) => sender.send(1, text(each)));
    await until(() => connection.sent.length === 5);
    const { id } = connection.sent[1] ?? assert.fail();
    await database.commit([
      sql`update outgoing set state = 'sent' where instance_id = 1 and message_id = ${id}`,
    ]);

    const next = new TestConnection();
    world.connection = next;
    await sender.resendPending(1);
    assert.deepEqual(next.texts(), ['one', 'three', 'four', 'five']);
    assert.deepEqual(
      idsOf(next.sent),
      idsOf(connection.sent).filter((each) => each !== id),
    );
    for (const each of idsOf(connection.sent)) {
      sender.answered(1, { messageId: each, message: data(each, 1), error: null });
    }
    await Promise.all(sending);
  });
}

test('messages leave in the order of the calls, each after the one before has left', async () => {
  const { sender, connection } = senderOn(await sqlite.open());
  connection.isHolding = true;
  const sending = ['one', 'two', 'three'].map((each) => sender.send(1, text(each)));
  for (const count of [1, 2, 3]) {
    await until(() => connection.sent.length === count);
    await turns(5);
    assert.equal(connection.sent.length, count);
    connection.letGo();
  }
  assert.deepEqual(connection.texts(), ['one', 'two', 'three']);
  for (const { id } of connection.sent)
    sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  await Promise.all(sending);
});

test('a message that WhatsApp refuses is an error for the caller and for whoever asks with the same key', async () => {
  const database = await sqlite.open();
  const { sender, connection } = senderOn(database);
  const sending = sender.send(1, text('no'), 'key');
  await until(() => connection.sent.length === 1);
  const { id } = connection.sent[0] ?? assert.fail();
  sender.answered(1, { messageId: id, message: data(id, -1), error: '479' });
  await assert.rejects(sending, refusal(/error 479/));

  // The drain records it; here the test does.
  await database.commit([
    sql`update outgoing set state = 'failed', error = '479' where instance_id = 1 and message_id = ${id}`,
  ]);
  await assert.rejects(sender.send(1, text('no'), 'key'), refusal(/error 479/));
  assert.equal(connection.sent.length, 1);
});

test('after 10 seconds without an answer the caller gets ack 0 and the final id, and the message stays on its way', async () => {
  const database = await sqlite.open();
  const { sender, connection, clock } = senderOn(database);
  const sending = sender.send(1, text('hello'));
  await until(() => connection.sent.length === 1);
  const { id } = connection.sent[0] ?? assert.fail();
  clock.advance(9_999);
  const first = await Promise.race([sending, turns(5).then(() => 'still waiting')]);
  assert.equal(first, 'still waiting');
  clock.advance(1);
  assert.deepEqual(await sending, data(id, 0));
  assert.equal((await findOutgoing(database, 1, id))?.state, 'pending');
});

test('the 10 seconds also end the wait for a message before it that does not leave', async () => {
  const { sender, connection, clock } = senderOn(await sqlite.open());
  connection.isHolding = true;
  const stuck = sender.send(1, text('stuck'));
  const behind = sender.send(1, text('behind'));
  await until(() => connection.sent.length === 1 && clock.timersInMs.length === 2);
  clock.advance(10_000);
  assert.deepEqual([(await stuck).ack, (await behind).ack], [0, 0]);
  assert.deepEqual(connection.texts(), ['stuck']);
  connection.letGo();
  await until(() => connection.sent.length === 2);
});

test('nothing is stored for an instance that is not ready, or a chat that cannot be', async () => {
  const database = await sqlite.open();
  const { sender, world } = senderOn(database);
  await assert.rejects(sender.send(1, { ...text('x'), chatId: 'nobody' }), { code: 'action_failed' });
  world.connection = null;
  await assert.rejects(sender.send(1, text('x')), refusal(/not ready/));
  assert.deepEqual(await database.all(sql`select message_id from outgoing`), []);
});

test('a message that the connection finds at fault has failed, for everybody who waits for it', async () => {
  const database = await sqlite.open();
  const { sender, connection } = senderOn(database);
  connection.isHolding = true;
  const first = sender.send(1, text('bad'), 'key');
  first.catch(() => undefined);
  await until(() => connection.sent.length === 1);
  const second = sender.send(1, text('bad'), 'key');
  second.catch(() => undefined);
  await turns(5);
  connection.refuse(new GatewayError('action_failed', 'No.', { explanation: 'the number has no WhatsApp' }));

  await assert.rejects(first, refusal(/the number has no WhatsApp/));
  await assert.rejects(second, refusal(/^the number has no WhatsApp$/));
  const { id } = connection.sent[0] ?? assert.fail();
  assert.equal((await findOutgoing(database, 1, id))?.state, 'failed');
  const next = sender.send(1, text('good'));
  await until(() => connection.sent.length === 2);
  const { id: nextId } = connection.sent[1] ?? assert.fail();
  sender.answered(1, { messageId: nextId, message: data(nextId, 1), error: null });
  assert.equal((await next).ack, 1);
});

test('a connection that is lost before the message leaves does not fail it: the next one sends it', async () => {
  const database = await sqlite.open();
  const { sender, connection, world } = senderOn(database);
  connection.isHolding = true;
  const before = sender.send(1, text('before'));
  const sending = sender.send(1, text('hello'));
  await until(() => connection.sent.length === 1);
  await until(async () => (await pendingCount(database)) === 2);
  world.connection = null;
  connection.letGo();
  await sender.resendPending(1); // It is not ready any more: nothing happens to what waits.
  assert.equal(await pendingCount(database), 2);

  const next = new TestConnection();
  world.connection = next;
  await sender.resendPending(1);
  assert.deepEqual(next.texts(), ['before', 'hello']);
  for (const { id } of next.sent) sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  assert.deepEqual([(await before).ack, (await sending).ack], [1, 1]);
});

test('a message that is sent while the waiting ones are sent again comes after them, and once', async () => {
  const { sender, connection, world } = senderOn(await sqlite.open());
  const old = sender.send(1, text('old'));
  await until(() => connection.sent.length === 1);
  const next = new TestConnection();
  world.connection = next;
  const again = sender.resendPending(1);
  const fresh = sender.send(1, text('new'));
  await again;
  await until(() => next.sent.length === 2);
  await sender.resendPending(1);
  assert.deepEqual(next.texts(), ['old', 'new']);
  for (const { id } of next.sent) sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  await Promise.all([old, fresh]);
});

test('one that is refused when it is sent again does not keep the others back', async () => {
  const { sender, connection, world } = senderOn(await sqlite.open());
  const sending = ['one', 'two'].map((each) => sender.send(1, text(each)));
  await until(() => connection.sent.length === 2);
  const next = new TestConnection();
  next.onSend = async ({ content }) => {
    if (Buffer.from(content).toString() === 'one') throw new GatewayError('action_failed', 'No.');
  };
  world.connection = next;
  await sender.resendPending(1);
  assert.deepEqual(next.texts(), ['one', 'two']);
  const { id } = next.sent[1] ?? assert.fail();
  sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  await assert.rejects(sending[0] ?? assert.fail(), { code: 'action_failed' });
  assert.equal((await sending[1])?.ack, 1);
});

test('a store that is down fails the call, and nothing leaves', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { sender, connection } = senderOn(database);
  database.failing = true;
  await assert.rejects(sender.send(1, text('x')), { name: 'StoreFailure' });
  database.failing = false;
  await sender.resendPending(1);
  assert.deepEqual(connection.sent, []);
});

test('two instances do not wait for each other', async () => {
  const { sender, connection, world } = senderOn(await sqlite.open());
  connection.isHolding = true;
  const stuck = sender.send(1, text('stuck'));
  await until(() => connection.sent.length === 1);
  const other = new TestConnection();
  world.connection = other;
  const sending = sender.send(2, text('free'));
  await until(() => other.sent.length === 1);
  const { id } = other.sent[0] ?? assert.fail();
  sender.answered(2, { messageId: id, message: data(id, 1), error: null });
  assert.equal((await sending).ack, 1);
  connection.letGo();
  const { id: stuckId } = connection.sent[0] ?? assert.fail();
  sender.answered(1, { messageId: stuckId, message: data(stuckId, 1), error: null });
  await stuck;
});

test('what is stored of a message is sealed', async () => {
  const database = await sqlite.open();
  const { sender, connection, clock } = senderOn(database);
  const sending = sender.send(1, text('between you and me'));
  await until(() => connection.sent.length === 1);
  const [row] = await database.all<{ content: Uint8Array }>(sql`select content from outgoing`);
  assert.equal(Buffer.from(row?.content ?? []).includes('between you'), false);
  clock.advance(10_000);
  await sending;
});

test('a file is uploaded once: what is stored and sent again is the message that leads to it', async () => {
  const { sender, connection, world } = senderOn(await sqlite.open());
  connection.isHolding = true;
  const media: MediaToSend = {
    chatId: '491701234567@c.us',
    source: { base64: '%PDF-1.7' },
    name: 'bill.pdf',
    caption: 'the bill',
  };
  const first = sender.sendMedia(1, media, 'key');
  await until(() => connection.sent.length === 1);
  assert.deepEqual(connection.uploads, [
    {
      to: '491701234567@s.whatsapp.net',
      kind: 'document',
      bytes: Buffer.from('%PDF-1.7'),
      mimetype: 'application/pdf',
      filename: 'bill.pdf',
      caption: 'the bill',
    },
  ]);
  const again = sender.sendMedia(1, media, 'key');
  const next = new TestConnection();
  world.connection = next;
  connection.letGo();
  await sender.resendPending(1);
  assert.deepEqual([next.texts(), next.uploads, connection.uploads.length], [['uploaded document'], [], 1]);
  const { id } = next.sent[0] ?? assert.fail();
  sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  assert.deepEqual([(await first).id.id, (await again).id.id], [id, id]);
});

test('a file has the name that it was given, without a folder and without control characters', async () => {
  const { sender, connection, clock } = senderOn(await sqlite.open());
  const names = ['../a/b.pdf', 'c:\\d\\e.pdf', 'f\0\r\n\u0085.pdf', 'g.pdf/', '..', ' ', 'h i ü.pdf'];
  for (const [sent, name] of names.entries()) {
    const media = { chatId: '491701234567@c.us', source: { base64: '%PDF-1.7' }, name };
    const sending = sender.sendMedia(1, media);
    await until(() => connection.sent.length > sent);
    clock.advance(10_000);
    await sending;
  }
  assert.deepEqual(
    connection.uploads.map(({ filename }) => filename),
    ['b.pdf', 'e.pdf', 'f.pdf', 'g.pdf', null, null, 'h i ü.pdf'],
  );
});

test('a file that cannot be sent as it was wanted is not uploaded, and nothing is stored', async () => {
  const database = await sqlite.open();
  const { sender, connection } = senderOn(database);
  const media = { chatId: '491701234567@c.us', source: { base64: '%PDF-1.7' }, asSticker: true };
  await assert.rejects(sender.sendMedia(1, media), refusal(/must be a WebP/));
  assert.deepEqual(connection.uploads, []);
  assert.deepEqual(await database.all(sql`select message_id from outgoing`), []);
});

test('a text waits for the file that its chat was asked to send before, and no other chat does', async () => {
  const database = await sqlite.open();
  const { sender, connection, clock, world } = senderOn(database);
  connection.upload = Promise.withResolvers();
  const file = sender.sendMedia(1, pdf);
  const later = sender.send(1, text('later'));
  const last = sender.send(1, text('last'));
  const elsewhere = sender.send(1, { ...text('elsewhere'), chatId: '491709999999@c.us' });
  await until(async () => (await pendingCount(database)) === 3);
  await until(() => connection.sent.length === 1);
  assert.deepEqual(connection.texts(), ['elsewhere']);

  // Its caller waits no longer for that, and it is on its way; a new connection does not let it overtake.
  clock.advance(10_000);
  assert.deepEqual([(await later).ack, (await last).ack, (await elsewhere).ack], [0, 0, 0]);
  await sender.resendPending(1);
  assert.deepEqual(connection.texts(), ['elsewhere']);

  connection.upload.resolve();
  await until(() => connection.sent.length === 4);
  assert.deepEqual(connection.texts(), ['elsewhere', 'uploaded document', 'later', 'last']);
  clock.advance(10_000);
  await file;

  const next = new TestConnection();
  world.connection = next;
  await sender.resendPending(1);
  assert.deepEqual(
    next.texts().filter((each) => each !== 'elsewhere'),
    ['uploaded document', 'later', 'last'],
  );
});

test('the phone number and the LID of a chat are one order, from the first call on after they are known to be one', async () => {
  const database = await sqlite.open();
  const { sender, connection, clock, world } = senderOn(database);
  connection.upload = Promise.withResolvers();
  const calls = [sender.sendMedia(1, pdf), sender.send(1, textTo(lid, 'not known yet'))];
  await until(() => connection.sent.length === 1);

  world.formsOf = annasForms;
  calls.push(
    sender.send(1, textTo(lid, 'by LID')),
    sender.send(1, text('by phone')),
    sender.send(1, textTo(lid, 'by LID again')),
    sender.send(1, textTo('491709999999@c.us', 'elsewhere')),
  );
  await until(async () => (await pendingCount(database)) === 5);
  await until(() => connection.sent.length === 2);
  assert.deepEqual(connection.texts(), ['not known yet', 'elsewhere']);
  connection.upload.resolve();
  await until(() => connection.sent.length === 6);
  assert.deepEqual(connection.texts().slice(2), ['uploaded document', 'by LID', 'by phone', 'by LID again']);
  clock.advance(10_000);
  await Promise.all(calls);

  // What waits is sent again in the same order, by a process that knows nothing else of it.
  const next = senderOn(database);
  await next.sender.resendPending(1);
  assert.deepEqual(
    next.connection.texts().filter((each) => each !== 'elsewhere' && each !== 'not known yet'),
    ['uploaded document', 'by LID', 'by phone', 'by LID again'],
  );
});

test('texts to both names of a chat, asked for at once, leave in the order of the calls', async () => {
  const { sender, connection, clock, world } = senderOn(await sqlite.open());
  // Nobody looks up one name as fast as the other.
  world.formsOf = async (instanceId, jid) => {
    if (jid.endsWith('@lid')) await turns(3);
    return annasForms(instanceId, jid);
  };
  const words = Array.from({ length: 20 }, (_, number) => `${number}`);
  const sending = words.map((each, at) => sender.send(1, at % 3 === 0 ? textTo(lid, each) : text(each)));
  await until(() => connection.sent.length === 20);
  assert.deepEqual(connection.texts(), words);
  clock.advance(10_000);
  await Promise.all(sending);
});

test('when the other name of a chat cannot be looked up, the call fails and nothing is stored', async () => {
  const database = await sqlite.open();
  const { sender, connection, world } = senderOn(database);
  world.formsOf = () => Promise.reject(new StoreFailure('The store is down.'));
  await assert.rejects(sender.send(1, text('x')), { name: 'StoreFailure' });
  assert.equal(await pendingCount(database), 0);
  world.formsOf = annasForms;
  const next = sender.send(1, text('next'));
  await until(() => connection.sent.length === 1);
  const { id } = connection.sent[0] ?? assert.fail();
  sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  assert.equal((await next).ack, 1);
});

test('a call that is refused or repeated lets nothing overtake the file before it', async () => {
  const database = await sqlite.open();
  const { sender, connection } = senderOn(database);
  const first = sender.send(1, text('first'), 'key');
  await until(() => connection.sent.length === 1);
  const { id } = connection.sent[0] ?? assert.fail();
  sender.answered(1, { messageId: id, message: data(id, 1), error: null });
  await first;
  await database.commit([sql`update outgoing set state = 'sent' where message_id = ${id}`]);

  connection.upload = Promise.withResolvers();
  const calls: Promise<unknown>[] = [sender.sendMedia(1, pdf)];
  await assert.rejects(sender.sendMedia(1, { ...pdf, asSticker: true }), refusal(/must be a WebP/));
  calls.push(sender.send(1, { ...text('later'), chatId: '491701234567@s.whatsapp.net' }));
  await sender.send(1, text('first'), 'key');
  calls.push(sender.send(1, text('last')));
  await until(async () => (await pendingCount(database)) === 2);
  await turns(5);
  assert.deepEqual(connection.texts(), ['first']);

  connection.upload.resolve();
  await until(() => connection.sent.length === 4);
  assert.deepEqual(connection.texts(), ['first', 'uploaded document', 'later', 'last']);
  for (const sent of idsOf(connection.sent))
    sender.answered(1, { messageId: sent, message: data(sent, 1), error: null });
  await Promise.all(calls);
});

test('what waited for a file while the number was unlinked is not sent from the next number', async () => {
  const database = await sqlite.open();
  const { sender, connection, world } = senderOn(database);
  connection.upload = Promise.withResolvers();
  const file = sender.sendMedia(1, pdf);
  const later = sender.send(1, text('later'));
  await until(async () => (await pendingCount(database)) === 1);
  await database.commit([failPending(1, 'The number was unlinked.', 1_700_000_000_000)]);
  const next = new TestConnection();
  world.connection = next;
  connection.upload.reject(new GatewayError('action_failed', 'The connection has ended.'));
  await assert.rejects(file, { code: 'action_failed' });
  await assert.rejects(later, refusal(/unlinked/));
  assert.deepEqual([connection.sent, next.sent], [[], []]);
});

test('a text waits a minute at most for a file, and not for one that fails', async () => {
  const { sender, connection, clock } = senderOn(await sqlite.open());
  connection.upload = Promise.withResolvers();
  const dead = sender.sendMedia(1, pdf);
  const one = sender.send(1, text('one'));
  await until(() => clock.timersInMs.includes(10_000));
  clock.advance(59_999);
  assert.equal((await one).ack, 0);
  assert.deepEqual(connection.texts(), []);
  clock.advance(1);
  await until(() => connection.sent.length === 1);

  const failing = connection.upload;
  connection.upload = Promise.withResolvers();
  const second = sender.sendMedia(1, pdf);
  const two = sender.send(1, text('two'));
  failing.reject(new GatewayError('action_failed', 'The file could not be uploaded.'));
  await assert.rejects(dead, { code: 'action_failed' });
  connection.upload.reject(new GatewayError('action_failed', 'The file could not be uploaded.'));
  await assert.rejects(second, { code: 'action_failed' });
  await until(() => connection.sent.length === 2);
  assert.deepEqual(connection.texts(), ['one', 'two']);
  clock.advance(10_000);
  await two;
});

const pdf: MediaToSend = { chatId: '491701234567@c.us', source: { base64: '%PDF-1.7' }, name: 'a.pdf' };

const lid = '153978989985921@lid';

/** The two wire jids of the chat of `text`. */
async function annasForms(_: number, jid: string): Promise<readonly string[]> {
  const forms = ['491701234567@s.whatsapp.net', lid];
  return forms.includes(jid) ? forms : [jid];
}

function senderOn(database: Database) {
  const clock = new FakeClock();
  const connection = new TestConnection();
  const world: { connection: TestConnection | null; formsOf: SenderParts['formsOf'] } = {
    connection,
    formsOf: async (_, jid) => [jid],
  };
  const sender = new MessageSender({
    database,
    vault,
    clock,
    log: createLog('silent'),
    connector: { compose: async ({ text }) => Buffer.from(text) },
    loadSource: async (source) => ({
      bytes: Buffer.from('base64' in source ? source.base64 : source.url),
      name: null,
      contentType: null,
    }),
    connectionOf: () => {
      if (world.connection !== null) return world.connection;
      throw new GatewayError('action_failed', 'instance not ready', { explanation: 'It is not ready.' });
    },
    formsOf: (instanceId, jid) => world.formsOf(instanceId, jid),
    describe: async (_, { id }) => data(id, 0),
  });
  return { sender, connection, clock, world };
}

/** A connection whose messages leave at once, or when the test says so. */
class TestConnection implements Connection {
  readonly sent: OutgoingMessage[] = [];
  readonly waiting: PromiseWithResolvers<void>[] = [];
  isHolding = false;
  onSend: (message: OutgoingMessage) => Promise<void> = async () => undefined;

  async send(message: OutgoingMessage): Promise<void> {
    this.sent.push(message);
    const leaving = Promise.withResolvers<void>();
    if (this.isHolding) {
      this.waiting.push(leaving);
      await leaving.promise;
    }
    await this.onSend(message);
  }

  /** The oldest message that waits has left. */
  letGo(): void {
    this.waiting.shift()?.resolve();
  }

  refuse(error: Error): void {
    this.isHolding = false;
    this.waiting.shift()?.reject(error);
  }

  texts(): string[] {
    return this.sent.map(({ content }) => Buffer.from(content).toString());
  }

  readonly uploads: MediaContent[] = [];
  /** Until then an upload that begins now goes on. */
  upload: PromiseWithResolvers<void> | null = null;

  async composeMedia(media: MediaContent): Promise<Uint8Array> {
    this.uploads.push(media);
    await this.upload?.promise;
    return Buffer.from(`uploaded ${media.kind}`);
  }

  requestUpload = () => Promise.resolve(null);
  requestPairingCode = () => Promise.reject(new Error('not here'));
  logout = () => Promise.reject(new Error('not here'));
  close = () => Promise.resolve();
}

function idsOf(messages: readonly OutgoingMessage[]): string[] {
  return messages.map(({ id }) => id);
}

function text(words: string): MessageToSend {
  return textTo('491701234567@c.us', words);
}

function textTo(chatId: string, words: string): MessageToSend {
  return { chatId, text: words, mentions: [] };
}

function data(id: string, ack: number): MessageData {
  return { id: { id }, ack } as unknown as MessageData;
}

function refusal(explanation: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, 'action_failed');
    assert.match(error.details.explanation ?? '', explanation);
    return true;
  };
}

async function pendingCount(database: Database): Promise<number> {
  return (await database.all(sql`select message_id from outgoing where state = 'pending'`)).length;
}
