import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { StoreFailure } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { sql } from '../database/sql.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { createTokens, ensureAdminToken } from './token-store.ts';
import { permissions } from './token.ts';

test('a token is found by its text, and the text is nowhere in the database', async () => {
  await using db = await database();
  const tokens = createTokens(db, systemClock);
  const { token, text } = await tokens.create({
    name: 'shop',
    permissions: ['read', 'update'],
    instanceIds: [3, 5],
  });
  assert.match(text, /^ezw_[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(await tokens.find(text), token);
  assert.deepEqual(token, { id: 1, name: 'shop', permissions: ['read', 'update'], instanceIds: [3, 5] });
  assert.deepEqual(await tokens.list(), [token]);
  assert.equal(await tokens.find(`${text}x`), undefined);
  assert.equal(JSON.stringify(await db.all(sql`select * from tokens`)).includes(text), false);
  await tokens.remove(token.id);
  assert.equal(await tokens.find(text), undefined);
});

test('while the store is down a token that was used before opens, one that was removed or never seen does not', async () => {
  const db = slowDatabase(await openDatabase(':memory:'), 0);
  const tokens = createTokens(db, systemClock);
  const settings = { name: 'shop', permissions, instanceIds: null };
  const [used, removed, unseen] = [
    await tokens.create(settings),
    await tokens.create(settings),
    await tokens.create(settings),
  ];
  await tokens.find(used.text);
  await tokens.find(removed.text);
  await tokens.remove(removed.token.id);
  await tokens.find(used.text);
  db.failing = true;
  assert.deepEqual(await tokens.find(used.text), used.token);
  await assert.rejects(tokens.find(removed.text), StoreFailure);
  await assert.rejects(tokens.find(unseen.text), StoreFailure);
  db.failing = false;
  assert.equal(await tokens.find(removed.text), undefined);
  await db.close();
});

test('a token for no instance reaches none', async () => {
  await using db = await database();
  const tokens = createTokens(db, systemClock);
  const { text } = await tokens.create({ name: 'none', permissions, instanceIds: [] });
  assert.deepEqual((await tokens.find(text))?.instanceIds, []);
});

test('the first start makes an admin token and tells it once', async () => {
  await using db = await database();
  const text = await ensureAdminToken(db, null, systemClock);
  const admin = await createTokens(db, systemClock).find(text ?? '');
  assert.deepEqual([admin?.permissions, admin?.instanceIds], [permissions, null]);
  assert.equal(await ensureAdminToken(db, null, systemClock), null);
});

test('a configured admin token shuts the one of before out', async () => {
  await using db = await database();
  const tokens = createTokens(db, systemClock);
  const made = await ensureAdminToken(db, null, systemClock);
  const other = await tokens.create({ name: 'shop', permissions, instanceIds: null });
  for (const configured of ['a'.repeat(32), 'b'.repeat(32), 'b'.repeat(32)]) {
    assert.equal(await ensureAdminToken(db, configured, systemClock), null);
    assert.equal((await tokens.find(configured))?.name, 'admin');
  }
  assert.equal(await tokens.find(made ?? ''), undefined);
  assert.equal(await tokens.find('a'.repeat(32)), undefined);
  assert.equal((await tokens.list()).length, 2);
  assert.notEqual(await tokens.find(other.text), undefined);
});

async function database() {
  const db = await openDatabase(':memory:');
  return Object.assign(db, { [Symbol.asyncDispose]: () => db.close() });
}
