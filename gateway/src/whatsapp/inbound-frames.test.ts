import './mend-libsignal.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BinaryNode } from 'baileys';
import { Addresses } from '../chats/addresses.ts';
import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { unitsOf } from '../database/testing/units-of.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { ContentDrop } from '../inbox/forget-old-rows.ts';
import { InstanceInbox } from '../inbox/instance-inbox.ts';
import { noDrain } from '../inbox/testing/no-drain.ts';
import { unpackPlaintexts } from '../inbox/plaintexts.ts';
import { createLog } from '../log.ts';
import { createVault } from '../vault.ts';
import { until } from '../testing/until.ts';
import type { DecryptedMessage } from './aftermath.ts';
import { codec } from './codec.ts';
import { DurableWrites } from './durable-writes.ts';
import { InboundFrames } from './inbound-frames.ts';
import { heldDatabase } from './testing/held-database.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;
const vault = createVault(Buffer.alloc(32, 1));

const keyUsed = () => Promise.reject(new Error('Key used already or never filled'));
const mustNotRun = () => Promise.reject(new Error('The ratchet was touched.'));
const plain = (text: string) => () => Promise.resolve(Buffer.from(text));

for (const { name, open } of databases) {
  test(`${name}: everything that a receiver could miss becomes a row, in the order of the wire`, async () => {
    const database = await open();
    const { take, written, rows } = await connect(database);
    take(message('m1', ['c1']));
    take({ tag: 'receipt', attrs: { id: 'r1', from: 'a@lid' } });
    take({ tag: 'iq', attrs: { id: 'q1' } });
    take({ tag: 'notification', attrs: { id: 'n1', from: 'g@g.us', type: 'w:gp2' } });
    take({ tag: 'ack', attrs: { id: 's1', class: 'message' } });
    take({ tag: 'ack', attrs: { id: 's2', class: 'receipt' } });
    take({ tag: 'call', attrs: { id: 'k1', from: 'a@lid' } });
    take({
      tag: 'message',
      attrs: { id: 'm2', from: 'a@lid' },
      content: [{ tag: 'unavailable', attrs: {} }],
    });
    take({
      tag: 'message',
      attrs: { id: 'm3', from: 'n@newsletter' },
      content: [node('plaintext', 'told to all')],
    });
    take({
      tag: 'message',
      attrs: { id: 'm4', from: 'bot@bot' },
      content: [node('enc', 'x', { type: 'msmsg' })],
    });
    await written();
    assert.deepEqual(await rows(), [
      [1, 'message', 'undecided', 'm1', null],
      [2, 'stanza', 'decided', 'r1', null],
      [3, 'stanza', 'decided', 'n1', null],
      [4, 'sent', 'decided', 's1', null],
      [5, 'stanza', 'decided', 'k1', null],
      [6, 'message', 'decided', 'm2', null],
      [7, 'message', 'decided', 'm3', null],
      [8, 'message', 'decided', 'm4', null],
    ]);
    // Content of channels has no padding; the drain expects some.
    assert.deepEqual(await plaintextsOf(database, 7), ['told to all\u0001']);
  });

  test(`${name}: decryption decides the row, for a message of several ciphertexts when it has all of them`, async () => {
    const database = await open();
    const { take, decrypt, rows } = await connect(database);
    const [one] = take(message('m1', ['c1']));
    const [key, body] = take(message('m2', ['c2', 'c3']));
    await decrypt(key, plain('key'));
    assert.deepEqual(await rows(), [
      [1, 'message', 'undecided', 'm1', null],
      [2, 'message', 'undecided', 'm2', null],
    ]);
    assert.equal(await decrypt(body, plain('body')), 'body');
    assert.equal(await decrypt(one, plain('hello')), 'hello');
    assert.deepEqual(await rows(), [
      [1, 'message', 'decided', 'm1', null],
      [2, 'message', 'decided', 'm2', null],
    ]);
    assert.deepEqual(await plaintextsOf(database, 1), ['hello']);
    assert.deepEqual(await plaintextsOf(database, 2), ['key', 'body']);
  });

  test(`${name}: a redelivery gets the first plaintext and touches no ratchet, also the third time and after a restart`, async () => {
    const database = await open();
    const first = await connect(database);
    const [ciphertext] = first.take(message('m1', ['c1']));
    await first.decrypt(ciphertext, plain('hello'));
    await first.written();
    for (const seq of [2, 3]) {
      const next = await connect(database);
      const [again] = next.take(message('m1', ['c1'], { offline: '0' }));
      assert.equal(await next.decrypt(again, mustNotRun), 'hello');
      assert.deepEqual((await next.rows())[seq - 1], [seq, 'message', 'done', 'm1', 'redelivery of 1']);
    }
    const last = await connect(database);
    const [unmarked] = last.take(message('m1', ['c1']));
    assert.equal(await last.decrypt(unmarked, keyUsed), 'hello');
    assert.deepEqual((await last.rows())[0], [1, 'message', 'decided', 'm1', null]);
    assert.deepEqual((await last.rows())[3], [4, 'message', 'done', 'm1', 'redelivery of 1']);
  });

  test(`${name}: a message that comes three times at once is decided once, before anything is on disk`, async () => {
    const database = slowDatabase(await open(), 3);
    for (const attrs of [{}, { offline: '0' }]) {
      const { take, decrypt, rows } = await connect(database);
      const before = (await rows()).length;
      const id = `m${before}`;
      const [a, b, c] = [1, 2, 3].map(() => take(message(id, [id], attrs))[0]);
      const texts = await Promise.all([decrypt(a, plain('hello')), decrypt(b, keyUsed), decrypt(c, keyUsed)]);
      assert.deepEqual(texts, ['hello', 'hello', 'hello']);
      assert.deepEqual((await rows()).slice(before), [
        [before + 1, 'message', 'decided', id, null],
        [before + 2, 'message', 'done', id, `redelivery of ${before + 1}`],
        [before + 3, 'message', 'done', id, `redelivery of ${before + 1}`],
      ]);
    }
  });

  test(`${name}: what an earlier connection left undecided is decided in its old place when it comes again`, async () => {
    const database = await open();
    const first = await connect(database);
    first.take(message('m1', ['c1']));
    const [key] = first.take(message('m2', ['c2', 'c3']));
    await first.decrypt(key, plain('key'));
    first.take({ tag: 'receipt', attrs: { id: 'r1', from: 'a@lid' } });
    await first.written();

    const next = await connect(database);
    const [one] = next.take(message('m1', ['c1'], { offline: '0' }));
    const [keyAgain, body] = next.take(message('m2', ['c2', 'c3'], { offline: '1' }));
    assert.equal(await next.decrypt(one, plain('hello')), 'hello');
    assert.equal(await next.decrypt(keyAgain, mustNotRun), 'key');
    assert.equal(await next.decrypt(body, plain('body')), 'body');
    assert.deepEqual(await next.rows(), [
      [1, 'message', 'decided', 'm1', null],
      [2, 'message', 'decided', 'm2', null],
      [3, 'stanza', 'decided', 'r1', null],
      [4, 'message', 'done', 'm1', 'redelivery of 1'],
      [5, 'message', 'done', 'm2', 'redelivery of 2'],
    ]);
    assert.deepEqual(await plaintextsOf(database, 2), ['key', 'body']);
  });

  test(`${name}: a message that cannot be decrypted goes on without content, with the row that an earlier connection left for it`, async () => {
    const database = await open();
    const first = await connect(database);
    first.take(message('m1', ['c1']));
    await first.written();

    const next = await connect(database);
    const [again] = next.take(message('m1', ['c1'], { offline: '0' }));
    const [other] = next.take(message('m2', ['c2']));
    await assert.rejects(next.decrypt(again, keyUsed), /Key used/);
    await assert.rejects(
      next.decrypt(other, () => Promise.reject(new Error('Bad MAC'))),
      /Bad MAC/,
    );
    const note = 'Key used already or never filled';
    assert.deepEqual(await next.rows(), [
      [1, 'message', 'undecryptable', 'm1', note],
      [2, 'message', 'undecryptable', 'm1', note],
      [3, 'message', 'undecryptable', 'm2', 'Bad MAC'],
    ]);
    // Sent anew after a retry receipt, it is another ciphertext and a row of its own.
    const [resent] = next.take(message('m2', ['c9']));
    assert.equal(await next.decrypt(resent, plain('hello')), 'hello');
    assert.deepEqual((await next.rows())[3], [4, 'message', 'decided', 'm2', null]);
  });

  test(`${name}: what is owed and does not come again goes on without content when offline sync has ended, and then that is told`, async () => {
    const database = await open();
    const first = await connect(database);
    first.take(message('m1', ['c1']));
    first.take(message('m2', ['c2']));
    await first.written();

    const next = await connect(database);
    const [again] = next.take(message('m2', ['c2'], { offline: '0' }));
    next.take({ tag: 'ib', attrs: {}, content: [{ tag: 'offline_preview', attrs: {} }] });
    await next.written();
    assert.equal(next.syncsEnded(), 0);
    next.take({ tag: 'ib', attrs: {}, content: [{ tag: 'offline', attrs: { count: '1' } }] });
    await next.written();
    assert.equal(next.syncsEnded(), 1);
    assert.equal(await next.decrypt(again, plain('hello')), 'hello');
    assert.deepEqual(await next.rows(), [
      [1, 'message', 'undecryptable', 'm1', 'never decrypted, not delivered again'],
      [2, 'message', 'decided', 'm2', null],
      [3, 'message', 'done', 'm2', 'redelivery of 2'],
    ]);
  });

  test(`${name}: a redelivery of a message whose content was dropped is empty: only its receipt is repeated`, async () => {
    const database = await open();
    const first = await connect(database);
    const [ciphertext] = first.take(message('m1', ['c1']));
    await first.decrypt(ciphertext, plain('hello'));
    await database.commit([sql`update inbox set state = 'done'`]);
    await unitsOf(new ContentDrop(database).drop({ before: 2_000_000_000_000, now: 2_000_000_000_000 }));

    const next = await connect(database);
    const [again] = next.take(message('m1', ['c1'], { offline: '0' }));
    assert.equal(await next.decrypt(again, mustNotRun), '\u0001');
  });
}

test('the end of offline sync is told when what it gave up is on disk, not before', async () => {
  const plainDatabase = await sqlite.open();
  const first = await connect(plainDatabase);
  first.take(message('m1', ['c1']));
  await first.written();

  const database = heldDatabase(plainDatabase);
  const next = await connect(database);
  next.take({ tag: 'ib', attrs: {}, content: [{ tag: 'offline', attrs: {} }] });
  await database.letGo(1);
  assert.equal(next.syncsEnded(), 0);
  await database.letGo();
  assert.equal(next.syncsEnded(), 1);
});

test('a message that nobody tries to decrypt for a minute is given up; a long replay that goes on is not', async () => {
  const { take, decrypt, rows, clock, written } = await connect(await sqlite.open());
  take(message('m1', ['c1']));
  for (const minute of [1, 2, 3]) {
    clock.advance(45_000);
    const [ciphertext] = take(message(`p${minute}`, [`p${minute}`]));
    await decrypt(ciphertext, plain('progress'));
  }
  assert.equal((await rows())[0]?.[2], 'undecided');
  clock.advance(120_000);
  await written();
  assert.deepEqual((await rows())[0], [1, 'message', 'undecryptable', 'm1', 'Baileys did not decrypt it']);
});

test('a fenced connection takes nothing in', async () => {
  const { take, writes, rows } = await connect(await sqlite.open());
  writes.end();
  take(message('m1', ['c1']));
  take({ tag: 'receipt', attrs: { id: 'r1', from: 'a@lid' } });
  assert.deepEqual(await rows(), []);
});

test('a look-up that the store fails ends the connection, and does not count as undecryptable', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { take, decrypt, writes, written, rows } = await connect(database);
  const [ciphertext] = take(message('m1', ['c1']));
  await written();
  database.failing = true;
  let isSettled = false;
  const settle = () => (isSettled = true);
  decrypt(ciphertext, keyUsed).then(settle, settle);
  await until(() => writes.isFenced);
  database.failing = false;
  assert.deepEqual(await rows(), [[1, 'message', 'undecided', 'm1', null]]);
  assert.equal(isSettled, false);
});

test('only the own devices ask something of Baileys, whatever others write on their messages', async () => {
  const { take, decrypt, decrypted, rows } = await connect(await sqlite.open());
  const peer = { category: 'peer' };
  const [own] = take(message('m1', ['c1'], { ...peer, from: '900000000000001@lid' }));
  const [strange] = take(message('m2', ['c2'], peer));
  await decrypt(own, plain('a key'));
  await decrypt(strange, plain('a forged history'));
  await rows();
  assert.deepEqual(
    decrypted.map(({ seq, peer: asks }) => [seq, asks === null]),
    [
      [1, false],
      [2, true],
    ],
  );
});

/** One connection's frames, as Baileys drives them. */
async function connect(database: Database) {
  const clock = new FakeClock();
  const parts = { database, vault, clock };
  const inbox = await InstanceInbox.open(1, parts, new Addresses(database, 1), noDrain);
  const writes = new DurableWrites(database, () => undefined);
  let syncsEnded = 0;
  const decrypted: DecryptedMessage[] = [];
  const frames = new InboundFrames({
    inbox,
    writes,
    log: createLog('silent'),
    isOwn: (jid) => jid.startsWith('900000000000001@'),
    onDecrypted: (one) => decrypted.push(one),
    onOfflineSyncEnded: () => syncsEnded++,
  });
  await frames.prepare();
  const written = () => writes.whenWritten();
  let last: Promise<unknown> = Promise.resolve();
  return {
    clock,
    writes,
    written,
    syncsEnded: () => syncsEnded,
    decrypted,
    /** Takes a stanza and gives its ciphertexts, the same objects that Baileys will hand over. */
    take: (stanza: BinaryNode): Uint8Array[] => {
      frames.take(stanza);
      const children = Array.isArray(stanza.content) ? stanza.content : [];
      return children.flatMap(({ content }) => (content instanceof Uint8Array ? [content] : []));
    },
    /** One after the other, each in a unit of its own, as the signal repository does. */
    decrypt: (ciphertext: Uint8Array | undefined, work: () => Promise<Uint8Array>): Promise<string> => {
      const unit: Statement[] = [];
      const decrypting = last.then(() =>
        frames.messages
          .decrypt(ciphertext ?? assert.fail('no ciphertext'), unit, work)
          .finally(() => writes.stage(unit)),
      );
      last = decrypting.catch(() => undefined);
      return decrypting.then(({ plaintext }) => Buffer.from(plaintext).toString());
    },
    rows: async () => {
      await written();
      const rows = await database.all(sql`select seq, kind, state, stanza, note from inbox order by seq`);
      return rows.map(({ seq, kind, state, stanza, note }) => [seq, kind, state, idOf(stanza), note]);
    },
  };
}

function message(id: string, ciphertexts: readonly string[], attrs: Record<string, string> = {}): BinaryNode {
  const encs = ciphertexts.map((bytes) => node('enc', bytes, { v: '2', type: 'msg' }));
  return { tag: 'message', attrs: { id, from: '153978989985921@lid', ...attrs }, content: encs };
}

function node(tag: string, bytes: string, attrs: Record<string, string> = {}): BinaryNode {
  return { tag, attrs, content: Buffer.from(bytes) };
}

function idOf(stanza: unknown): string | undefined {
  return stanza instanceof Uint8Array ? codec.decodeStanza(stanza).attrs['id'] : undefined;
}

async function plaintextsOf(database: Database, seq: number): Promise<string[]> {
  const row = await database.first<{ plaintext: Uint8Array }>(
    sql`select plaintext from inbox where seq = ${seq}`,
  );
  return unpackPlaintexts(vault.open(row?.plaintext ?? new Uint8Array())).map((bytes) =>
    Buffer.from(bytes).toString(),
  );
}
