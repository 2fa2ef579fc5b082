import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Database, StoreFailure } from './database.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';
import { raw, sql } from './sql.ts';
import { tableNames } from './testing/tables.ts';

test('a start that was stopped at any moment is completed by the next', async () => {
  let commits = 0;
  for (let stopAfter = 0; ; stopAfter++) {
    const database = await openSqlite({ path: ':memory:' });
    commits = 0;
    const stopping: Database = {
      ...database,
      commit: (unit) =>
        commits++ < stopAfter ? database.commit(unit) : Promise.reject(new StoreFailure('Stopped.')),
    };
    const stopped = await migrate(stopping).then(
      () => false,
      () => true,
    );
    await migrate(database);
    assert.ok((await tableNames(database)).includes('inbox'));
    await database.close();
    if (!stopped) break;
  }
  assert.ok(commits >= 2);
});

test('a database that is up to date is left alone', async () => {
  const database = await openSqlite({ path: ':memory:' });
  await migrate(database);
  await database.commit([sql`insert into chats (instance_id, created_at) values (1, 1)`]);
  await migrate(database);
  assert.equal((await database.all(raw('select id from chats'))).length, 1);
  await database.close();
});

test('a database of a newer gateway is refused in one plain sentence', async () => {
  const database = await openSqlite({ path: ':memory:' });
  await migrate(database);
  await database.commit([sql`insert into schema_version (version) values (${99})`]);
  await assert.rejects(
    migrate(database),
    /version 99 .*: a newer gateway has used it\. Start that one, or [^\n]+$/,
  );
  await database.close();
});
