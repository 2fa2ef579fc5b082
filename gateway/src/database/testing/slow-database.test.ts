import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreFailure } from '../database.ts';
import { openDatabase } from '../open-database.ts';
import { sql } from '../sql.ts';
import { slowDatabase } from './slow-database.ts';

test('answers come later, in the same order', async () => {
  const database = slowDatabase(await openDatabase(':memory:'), 40);
  const order: number[] = [];
  const start = performance.now();
  await Promise.all(
    [1, 2, 3].map(async (number) => {
      await database.commit([sql`insert into chats (instance_id, created_at) values (1, ${number})`]);
      order.push(number);
    }),
  );
  assert.ok(performance.now() - start >= 39);
  assert.deepEqual(order, [1, 2, 3]);
  await database.close();
});

test('it fails while it is told to, and works again afterwards', async () => {
  const database = slowDatabase(await openDatabase(':memory:'), 0);
  database.failing = true;
  await assert.rejects(database.commit([sql`delete from chats`]), StoreFailure);
  await assert.rejects(database.all(sql`select 1 as one`), StoreFailure);
  database.failing = false;
  assert.deepEqual(await database.first(sql`select 1 as one`), { one: 1 });
  await database.close();
});
