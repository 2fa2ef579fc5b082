import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { forgetOldRecipients, RecipientStore } from './recipient-store.ts';

const now = 1_700_000_000_000;

function open(database: Database, at = now): RecipientStore {
  return new RecipientStore(database, 1, () => at);
}

/** What another process finds in the store. */
async function stored(database: Database, id = 'A'): Promise<unknown> {
  const { isComplete, acks } = await open(database).find(id);
  return { isComplete, acks: Object.fromEntries(acks) };
}

for (const { name, open: openDatabase } of testDatabases()) {
  test(`${name}: recipients are noted, and what they confirm, at once and after a restart`, async () => {
    const database = await openDatabase();
    const store = open(database);
    assert.deepEqual(await stored(database), { isComplete: false, acks: {} });
    await database.commit(await store.note('A', ['1@lid', '2@lid']));
    await database.commit([await store.confirm({ messageId: 'A', recipient: '2@lid', ack: 2 })]);
    await database.commit([await store.confirm({ messageId: 'A', recipient: '2@lid', ack: 3 })]);
    const expected = { isComplete: true, acks: { '1@lid': 1, '2@lid': 3 } };
    assert.deepEqual(await stored(database), expected);
    const { isComplete, acks } = await store.find('A');
    assert.deepEqual({ isComplete, acks: Object.fromEntries(acks) }, expected);
    assert.deepEqual((await new RecipientStore(database, 2, () => now).find('A')).acks.size, 0);
  });

  test(`${name}: what was confirmed before the recipients were noted counts; who is none of them does not`, async () => {
    const database = await openDatabase();
    const store = open(database);
    await database.commit([
      await store.confirm({ messageId: 'A', recipient: '1@lid', ack: 3 }),
      await store.confirm({ messageId: 'A', recipient: '9@lid', ack: 2 }),
    ]);
    assert.deepEqual(await stored(database), { isComplete: false, acks: { '1@lid': 3, '9@lid': 2 } });
    await database.commit(await store.note('A', ['1@lid', '2@lid']));
    const expected = { isComplete: true, acks: { '1@lid': 3, '2@lid': 1 } };
    assert.deepEqual(await stored(database), expected);
    assert.deepEqual(Object.fromEntries((await store.find('A')).acks), expected.acks);
  });

  test(`${name}: a message to a thousand is noted whole; one to nobody is not noted`, async () => {
    const database = await openDatabase();
    const store = open(database);
    const all = Array.from({ length: 1000 }, (_, number) => `${number}@lid`);
    await database.commit(await store.note('A', all));
    assert.equal((await open(database).find('A')).acks.size, 1000);
    assert.deepEqual(await store.note('B', []), []);
  });

  test(`${name}: memory holds what is not written, and of the rest no more than it may; the store has all`, async () => {
    const database = await openDatabase();
    const store = open(database);
    const all = Array.from({ length: 1024 }, (_, number) => `${number}@lid`);
    const ids = Array.from({ length: 20 }, (_, number) => `M${number}`);
    const statements = [];
    for (const id of ids) statements.push(...(await store.note(id, all)));
    for (const id of ids) statements.push(await store.confirm({ messageId: id, recipient: '7@lid', ack: 3 }));
    const isWhole = async (id: string) => {
      const { isComplete, acks } = await store.find(id);
      return isComplete && acks.size === 1024 && acks.get('7@lid') === 3;
    };
    for (const id of ids) assert.ok(await isWhole(id));
    assert.equal(store.entriesInMemory, 20 * 1025);

    await database.commit(statements);
    store.written();
    assert.equal(store.entriesInMemory, 8 * 1025);
    for (const id of ids) assert.ok(await isWhole(id));
    // Of many small ones it holds many.
    for (let number = 0; number < 5000; number++) await store.find(`unknown ${number}`);
    assert.equal(store.entriesInMemory <= 8 * 1025, true);
  });

  test(`${name}: what is older than the age goes, what was taken in and not written too`, async () => {
    const database = await openDatabase();
    await database.commit(await open(database, now - 10).note('A', ['1@lid', '2@lid']));
    await database.commit(await open(database).note('B', ['1@lid']));
    const gone: number[] = [];
    for await (const rows of forgetOldRecipients(database, { before: now, now })) gone.push(rows);
    assert.deepEqual(gone, [2]);
    assert.equal((await database.all(sql`select recipient from recipients`)).length, 1);

    const store = open(database);
    await store.note('C', ['1@lid']); // Its write is lost.
    store.forget();
    assert.equal((await store.find('C')).acks.size, 0);
  });
}
