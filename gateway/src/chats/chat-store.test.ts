import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { Chats } from './chat-store.ts';

const lid = '153978989985921@lid';
const phone = '491701234567@s.whatsapp.net';
const group = '120363000000000001@g.us';

for (const { name, open } of testDatabases()) {
  test(`${name}: a LID and a phone number of the same chat are one number, whichever came first`, async () => {
    const database = await open();
    const chats = chatsOn(database);
    const byLid = await chats.resolve([lid]);
    assert.equal(await chats.resolve([lid, phone]), byLid);
    assert.equal(await chats.resolve([phone]), byLid);
    assert.equal(await chats.resolve([phone, lid]), byLid);
    const other = await chats.resolve([group]);
    assert.notEqual(other, byLid);

    const afterRestart = chatsOn(database);
    assert.equal(await afterRestart.resolve([phone]), byLid);
    assert.equal(await afterRestart.resolve([group]), other);
  });

  test(`${name}: two chats that turn out to be one go on under the older number`, async () => {
    const database = await open();
    const chats = chatsOn(database);
    const older = await chats.resolve([lid]);
    const younger = await chats.resolve([phone]);
    assert.ok(younger > older);
    assert.equal(await chats.resolve([phone, lid]), older);
    assert.equal(await chats.resolve([phone]), older);
    assert.equal(await chatsOn(database).resolve([phone]), older);
  });

  test(`${name}: all who ask for a new chat at once get the same number`, async () => {
    const database = slowDatabase(await open(), 2);
    const chats = chatsOn(database);
    const asked = [[lid], [phone, lid], [lid], [phone], [lid, phone]];
    const numbers = await Promise.all(asked.map((jids) => chats.resolve(jids)));
    assert.equal(new Set(numbers).size, 1);
    assert.equal((await database.all(sql`select id from chats`)).length, 1);
  });

  test(`${name}: each instance has its own chats`, async () => {
    const database = await open();
    const [one, two] = [chatsOn(database, 1), chatsOn(database, 2)];
    assert.notEqual(await one.resolve([phone]), await two.resolve([phone]));
  });

  test(`${name}: what the store could not write is not known afterwards`, async () => {
    const database = slowDatabase(await open(), 0);
    const chats = chatsOn(database);
    database.failing = true;
    await assert.rejects(chats.resolve([lid, phone]), { name: 'StoreFailure' });
    database.failing = false;
    const number = await chats.resolve([phone]);
    assert.equal(await chatsOn(database).resolve([phone]), number);
    assert.equal(await chats.resolve([lid, phone]), number);
  });
}

function chatsOn(database: Database, instanceId = 1): Chats {
  return new Chats(database, instanceId, () => 1_700_000_000_000);
}
