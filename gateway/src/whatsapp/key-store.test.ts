import './mend-libsignal.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { initAuthCreds, proto, type SignalDataTypeMap } from 'baileys';
import { Addresses } from '../chats/addresses.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { createVault } from '../vault.ts';
import { turns } from '../testing/until.ts';
import { forgetCreds, loadCreds, saveCreds } from './auth-state.ts';
import { DurableWrites } from './durable-writes.ts';
import { KeyStore } from './key-store.ts';
import { heldDatabase } from './testing/held-database.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;
const vault = createVault(Buffer.alloc(32, 1));

for (const { name, open } of databases) {
  test(`${name}: the next connection reads what the last one wrote, bytes as bytes`, async () => {
    const database = await open();
    const { keys, writes } = storeOn(database);
    await keys.set({
      'pre-key': { 1: pair(1), 2: pair(2) },
      session: { 'anna.0': session('one') },
      'sender-key': { group: Buffer.from([0, 255, 1]) },
      'app-state-sync-key': { key: syncKey() },
      'device-list': { 491701234567: ['0', '12'] },
    });
    await keys.set({ 'pre-key': { 2: null } });
    await writes.whenWritten();

    const { keys: next } = storeOn(database);
    const preKeys = await next.get('pre-key', ['1', '2', '3']);
    assert.deepEqual(Object.keys(preKeys), ['1']);
    assert.ok(Buffer.isBuffer(preKeys['1']?.public));
    assert.deepEqual(preKeys['1'], pair(1));
    assert.deepEqual(await next.get('session', ['anna.0']), { 'anna.0': session('one') });
    assert.deepEqual(await next.get('sender-key', ['group']), { group: Buffer.from([0, 255, 1]) });
    assert.deepEqual(await next.get('device-list', ['491701234567']), { 491701234567: ['0', '12'] });
    const { key } = await next.get('app-state-sync-key', ['key']);
    assert.deepEqual(Buffer.from(key?.keyData ?? []), Buffer.alloc(32, 9));
  });

  test(`${name}: two instances do not see each other's keys, and forgetting one leaves the other`, async () => {
    const database = await open();
    const [one, two] = [storeOn(database, 1), storeOn(database, 2)];
    await one.keys.set({ session: { 'anna.0': session('one') } });
    await two.keys.set({ session: { 'anna.0': session('two') } });
    await one.writes.whenWritten();
    await database.commit([forgetCreds(1)]);

    assert.deepEqual(await storeOn(database, 1).keys.get('session', ['anna.0']), {});
    assert.deepEqual(await storeOn(database, 2).keys.get('session', ['anna.0']), {
      'anna.0': session('two'),
    });
  });
}

test('a write is visible at once, and on disk later', async () => {
  const database = heldDatabase(await sqlite.open());
  const { keys, writes } = storeOn(database);
  assert.deepEqual(await keys.get('session', ['anna.0']), {});
  await keys.set({ session: { 'anna.0': session('one') } });

  assert.deepEqual(await keys.get('session', ['anna.0']), { 'anna.0': session('one') });
  assert.equal(await storedKeys(database), 0);
  await database.letGo();
  await writes.whenWritten();
  assert.equal(await storedKeys(database), 1);
});

test('what an operation moves and the inbox row that it decides are one unit of work', async () => {
  const database = heldDatabase(await sqlite.open());
  const { store, writes } = storeOn(database);
  let isWritten = false;
  const plaintext = await store.inUnit(
    async (unit) => {
      await store.repositoryKeys.set({ session: { 'anna.0': session('next') }, 'pre-key': { 7: null } });
      await turns();
      await store.repositoryKeys.set({ 'identity-key': { 'anna.0': Buffer.alloc(33, 5) } });
      unit.push(inboxRow(1));
      return 'plaintext';
    },
    () => (isWritten = true),
  );

  assert.equal(plaintext, 'plaintext');
  assert.deepEqual(database.held.map(tablesOf), [['auth_keys', 'auth_keys', 'auth_keys', 'inbox']]);
  assert.equal(isWritten, false);
  await database.letGo();
  await writes.whenWritten();
  assert.ok(isWritten);
});

test('what concerns no ratchet is written on its own, also in the middle of an operation', async () => {
  const database = heldDatabase(await sqlite.open());
  const { store } = storeOn(database);
  await store.inUnit(async (unit) => {
    await store.repositoryKeys.set({ 'device-list': { 4917: ['0'] } });
    unit.push(inboxRow(1));
  });
  assert.deepEqual(database.held.map(tablesOf), [['auth_keys'], ['inbox']]);
});

test('an operation that fails leaves what it had written before, in its unit', async () => {
  const database = heldDatabase(await sqlite.open());
  const { store } = storeOn(database);
  const failing = store.inUnit(async (unit) => {
    await store.repositoryKeys.set({ session: { 'anna.0': null } });
    unit.push(inboxRow(1));
    throw new Error('undecryptable');
  });
  await assert.rejects(failing, /undecryptable/);
  assert.deepEqual(database.held.map(tablesOf), [['auth_keys', 'inbox']]);
});

test("operations run one after the other, and Baileys' own writes of sessions come in between, never inside", async () => {
  const database = heldDatabase(await sqlite.open());
  const { store, keys } = storeOn(database);
  const goOn = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = store.inUnit(async (unit) => {
    order.push('first begins');
    await goOn.promise;
    unit.push(inboxRow(1));
    order.push('first ends');
  });
  const reset = Promise.resolve(keys.set({ session: { 'anna.0': null } })).then(() => order.push('reset'));
  const second = store.inUnit(async (unit) => {
    order.push('second');
    assert.deepEqual(await store.repositoryKeys.get('session', ['anna.0']), {});
    unit.push(inboxRow(2));
  });
  await turns();
  assert.deepEqual(order, ['first begins']);
  goOn.resolve();
  await Promise.all([first, reset, second]);

  assert.deepEqual(database.held.map(tablesOf), [['inbox'], ['auth_keys'], ['inbox']]);
  assert.equal(order.indexOf('first ends'), 1);
});

test('a mapping that Baileys learns does not wait for the operation under way', async () => {
  const { store, keys } = storeOn(await sqlite.open());
  const goOn = Promise.withResolvers<void>();
  const operation = store.inUnit(() => goOn.promise);
  await keys.set({ 'device-list': { 4917: ['0'] } });
  goOn.resolve();
  await operation;
});

test('a read that races a write never brings the old value back', async () => {
  const database = await sqlite.open();
  const before = storeOn(database);
  await before.keys.set({ session: { 'anna.0': session('old') } });
  await before.writes.whenWritten();

  const { database: paused, reads } = pausingReads(database);
  const { keys, writes } = storeOn(paused);
  const reading = keys.get('session', ['anna.0']);
  const read = await reads.next();
  await keys.set({ session: { 'anna.0': session('new') } });
  await writes.whenWritten();
  read.finish();

  assert.deepEqual(await reading, { 'anna.0': session('new') });
  assert.deepEqual(await keys.get('session', ['anna.0']), { 'anna.0': session('new') });
});

test('a deletion too is not undone by a read that races it', async () => {
  const database = await sqlite.open();
  const before = storeOn(database);
  await before.keys.set({ session: { 'anna.0': session('old') } });
  await before.writes.whenWritten();

  const { database: paused, reads } = pausingReads(database);
  const { keys } = storeOn(paused);
  const reading = keys.get('session', ['anna.0']);
  const read = await reads.next();
  await keys.set({ session: { 'anna.0': null } });
  read.finish();

  assert.deepEqual(await reading, {});
  assert.deepEqual(await keys.get('session', ['anna.0']), {});
});

test('nothing that is not on disk is dropped from memory, however much that is', async () => {
  const database = heldDatabase(await sqlite.open());
  const { keys, writes } = storeOn(database);
  for (let number = 0; number < 2500; number++) await keys.set(preKey(number));
  assert.equal(await storedKeys(database), 0);
  const ids = Array.from({ length: 2500 }, (_, number) => String(number));
  assert.equal(Object.keys(await keys.get('pre-key', ids)).length, 2500);

  // One is on disk and may go, the others may not.
  await database.letGo(1);
  assert.equal(Object.keys(await keys.get('pre-key', ids)).length, 2500);
  await database.letGo();
  await writes.whenWritten();
  assert.equal(Object.keys(await keys.get('pre-key', ids)).length, 2500);
});

test('a value that is dropped from memory while another one is read is read too', async () => {
  const database = await sqlite.open();
  const before = storeOn(database);
  await before.keys.set({ session: { 'late.0': session('late') } });
  await before.writes.whenWritten();

  const { database: paused, reads } = pausingReads(database);
  const { keys, writes } = storeOn(paused);
  await keys.set({ session: { 'early.0': session('early') } });
  await writes.whenWritten();
  const reading = keys.get('session', ['early.0', 'late.0']);
  const read = await reads.next();
  for (let number = 0; number < 2100; number++) await keys.set(preKey(number));
  await writes.whenWritten();
  read.finish();
  const again = await reads.next();
  again.finish();

  assert.deepEqual(await reading, { 'early.0': session('early'), 'late.0': session('late') });
});

test('a mapping of LID and phone teaches the addresses, in the unit that stores it', async () => {
  const database = heldDatabase(await sqlite.open());
  const { keys, addresses, writes } = storeOn(database);
  await keys.set({
    'lid-mapping': { 491701234567: '153978989985921', '153978989985921_reverse': '491701234567' },
  });

  assert.equal(await addresses.phoneOf('153978989985921'), '491701234567');
  assert.equal(await addresses.lidOf('491701234567'), '153978989985921');
  assert.deepEqual(database.held.map(tablesOf), [['auth_keys', 'addresses', 'auth_keys']]);
  await database.letGo();
  await writes.whenWritten();
  assert.equal(await new Addresses(database, 1).phoneOf('153978989985921'), '491701234567');
});

test('what comes when the connection has ended is neither written nor remembered', async () => {
  const { keys, addresses, writes } = storeOn(await sqlite.open());
  writes.end();
  await assert.rejects(async () => keys.set({ 'lid-mapping': { 4917: '153' } }), /has ended/);
  assert.equal(await addresses.phoneOf('153'), null);
});

test('a read that the store fails ends the connection', async () => {
  const database = slowDatabase(await sqlite.open(), 0);
  const { keys, writes, fences } = storeOn(database);
  database.failing = true;
  await assert.rejects(async () => keys.get('session', ['anna.0']), /as the test wants/);
  assert.equal(fences.length, 1);
  assert.ok(writes.isFenced);
  database.failing = false;
  await assert.rejects(async () => keys.get('session', ['anna.0']), /has ended/);
  await assert.rejects(async () => keys.set({ session: { 'anna.0': null } }), /has ended/);
});

test('keys and credentials are sealed in the file', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-keys-'));
  const database = await openDatabase(join(folder, 'keys.sqlite'));
  t.after(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });
  const { keys, writes } = storeOn(database);
  const creds = { ...initAuthCreds(), account: { details: Buffer.from('linked') } };
  const secret = Buffer.from('a private key, 32 bytes of which');
  await keys.set({ 'pre-key': { 1: { public: Buffer.alloc(32, 3), private: secret } } });
  await keys.set({ session: { 'anna.0': session('root key of a ratchet') } });
  writes.stage([saveCreds(vault, 1, creds)]);
  await writes.whenWritten();

  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  const bytes = Buffer.concat(files);
  assert.ok(bytes.includes('auth_keys'));
  const secrets = [
    secret,
    creds.noiseKey.private,
    creds.signedIdentityKey.private,
    Buffer.from(creds.advSecretKey),
  ];
  for (const each of [...secrets, Buffer.from('root key of a ratchet'), Buffer.from('noiseKey')]) {
    assert.equal(bytes.includes(Buffer.from(each)), false);
    assert.equal(bytes.includes(Buffer.from(each).toString('base64')), false);
  }
  assert.deepEqual((await loadCreds(database, vault, 1)).noiseKey, creds.noiseKey);
  await assert.rejects(loadCreds(database, createVault(Buffer.alloc(32, 2)), 1));
});

test('credentials of a number that was never linked are fresh ones each time', async () => {
  const database = await sqlite.open();
  const unlinked = { ...initAuthCreds(), me: { id: '491701234567@s.whatsapp.net' } };
  await database.commit([saveCreds(vault, 1, unlinked)]);
  const loaded = await loadCreds(database, vault, 1);
  assert.notDeepEqual(loaded.noiseKey, unlinked.noiseKey);
  assert.equal(loaded.me, undefined);
});

function storeOn(database: Database, instanceId = 1) {
  const fences: string[] = [];
  const writes = new DurableWrites(database, (reason) => fences.push(reason.message));
  const addresses = new Addresses(database, instanceId);
  const store = new KeyStore({
    database,
    vault,
    instanceId,
    writes,
    addresses,
    alongside: () => null,
  });
  return { store, keys: store.keys, writes, addresses, fences };
}

interface PausedRead {
  finish(): void;
}

/** A database whose reads have their answer, and give it when the test says so. */
function pausingReads(database: Database) {
  const waiting: PausedRead[] = [];
  const asked: ((read: PausedRead) => void)[] = [];
  const paused: Database = {
    ...database,
    async all(query) {
      const rows = await database.all(query);
      await new Promise<void>((resolve) => {
        const read = { finish: resolve };
        const next = asked.shift();
        if (next === undefined) waiting.push(read);
        else next(read);
      });
      return rows as never;
    },
  };
  const reads = {
    async next(): Promise<PausedRead> {
      return waiting.shift() ?? new Promise((resolve) => asked.push(resolve));
    },
  };
  return { database: paused, reads };
}

async function storedKeys(database: Database): Promise<number> {
  const row = await database.first<{ count: number }>(sql`select count(*) as count from auth_keys`);
  return row?.count ?? 0;
}

/** What each statement of a unit writes to. */
function tablesOf(unit: readonly Statement[]): string[] {
  return unit.map(({ parts }) => /(?:into|from|update) (\w+)/.exec(parts[0] ?? '')?.[1] ?? '?');
}

function inboxRow(seq: number): Statement {
  return sql`insert into inbox (instance_id, seq, kind, state, received_at) values (1, ${seq}, 'message', 'decided', 0)`;
}

function preKey(number: number) {
  return { 'pre-key': { [String(number)]: pair(number) } };
}

function pair(number: number) {
  return { public: Buffer.alloc(32, number % 256), private: Buffer.alloc(32, 255 - (number % 256)) };
}

/** Sessions are libsignal's own JSON, which the store does not look into. */
function session(text: string): SignalDataTypeMap['session'] {
  return { _sessions: { text }, version: 'v1' } as unknown as SignalDataTypeMap['session'];
}

function syncKey() {
  return proto.Message.AppStateSyncKeyData.fromObject({ keyData: Buffer.alloc(32, 9), timestamp: 1 });
}
