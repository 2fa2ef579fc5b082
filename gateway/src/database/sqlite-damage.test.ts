import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { StoreFailure } from './database.ts';
import { openDatabase } from './open-database.ts';
import { sql } from './sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'eazewa-damage-'));
after(() => rmSync(folder, { recursive: true }));

test('a damaged page is told, never skipped, and what lies elsewhere can still be read', async () => {
  const path = join(folder, 'damaged.sqlite');
  const first = await openDatabase(path);
  await first.commit([sql`insert into chats (instance_id, created_at) values (1, 7)`]);
  for (let number = 0; number < 200; number++) {
    await first.commit([
      sql`insert into auth_keys (instance_id, kind, id, value) values (1, 'x', ${String(number)}, ${new Uint8Array(3_000)})`,
    ]);
  }
  await first.close();
  // The rows came last, so they are in the last pages.
  const file = openSync(path, 'r+');
  const half = Math.floor(statSync(path).size / 2 / 4096) * 4096;
  for (let at = half; at < statSync(path).size; at += 4096)
    writeSync(file, Buffer.alloc(4096, 0xaa), 0, 4096, at);
  closeSync(file);

  const database = await openDatabase(path);
  await assert.rejects(
    database.all(sql`select id, value from auth_keys`),
    (error: Error) =>
      error instanceof StoreFailure && /^the database file is damaged\. .*\.$/.test(error.message),
  );
  assert.deepEqual(await database.all(sql`select created_at from chats`), [{ created_at: 7 }]);
  await database.commit([sql`insert into chats (instance_id, created_at) values (1, 8)`]);
  await database.close();
});
