import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { DurableWrites } from './durable-writes.ts';
import { heldDatabase } from './testing/held-database.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

for (const { name, open } of databases) {
  test(`${name}: what is staged is written in order, and each unit tells when it is on disk`, async () => {
    const database = await open();
    const writes = new DurableWrites(database, unexpected);
    const written: number[] = [];
    for (const number of [1, 2, 3]) writes.stage([row(number)], () => written.push(number));
    assert.equal(writes.isIdle, false);
    await writes.whenWritten();

    assert.deepEqual(written, [1, 2, 3]);
    assert.equal(writes.isIdle, true);
    const rows = await database.all<{ created_at: number }>(sql`select created_at from chats order by id`);
    assert.deepEqual(
      rows.map(({ created_at }) => created_at),
      [1, 2, 3],
    );
  });

  test(`${name}: a unit that the store refuses fences the connection, and nothing later is written`, async () => {
    const database = await open();
    const fences: Error[] = [];
    const writes = new DurableWrites(database, (reason) => fences.push(reason));
    writes.stage([sql`insert into addresses (instance_id, lid, phone) values (1, 'x', ${null})`], unexpected);
    await writes.whenWritten();

    assert.equal(fences.length, 1);
    assert.throws(() => writes.stage([row(1)]), /has ended/);
    assert.deepEqual(await database.all(sql`select id from chats`), []);
  });

  test(`${name}: a unit without statements is told of after those that were staged before it`, async () => {
    const writes = new DurableWrites(await open(), unexpected);
    const told: string[] = [];
    writes.stage([row(1)], () => told.push('row'));
    writes.stage([], () => told.push('nothing'));
    await writes.whenWritten();
    assert.deepEqual(told, ['row', 'nothing']);
  });
}

test('a connection that has ended writes nothing more, but what was staged before still counts', async () => {
  const database = heldDatabase(await sqlite.open());
  const writes = new DurableWrites(database, unexpected);
  let isWritten = false;
  writes.stage([row(1)], () => (isWritten = true));
  writes.end();
  assert.throws(() => writes.stage([row(2)]), /has ended/);
  await database.letGo();
  await writes.whenWritten();

  assert.ok(isWritten);
  assert.equal((await database.all(sql`select id from chats`)).length, 1);
});

test('a store that fails with several writes on their way fences once', async () => {
  const database = heldDatabase(await sqlite.open());
  const fences: Error[] = [];
  const writes = new DurableWrites(database, (reason) => fences.push(reason));
  for (const number of [1, 2, 3]) writes.stage([row(number)], unexpected);
  await database.fail();
  await writes.whenWritten();
  assert.equal(fences.length, 1);
  assert.equal(writes.isIdle, true);
});

function row(number: number): Statement {
  return sql`insert into chats (instance_id, created_at) values (1, ${number})`;
}

function unexpected(): never {
  throw new Error('This must not be called.');
}
