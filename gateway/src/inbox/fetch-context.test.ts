import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Addresses } from '../chats/addresses.ts';
import type { Database } from '../database/database.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { otherForm } from './fetch-context.ts';

const [sqlite = assert.fail('there is no SQLite')] = testDatabases();

test('a person has another form once it is learned; a group, a channel and the status have none and cost no look', async () => {
  const database = await sqlite.open();
  let looks = 0;
  const counting: Database = { ...database, first: (query) => (looks++, database.first(query)) };
  const addresses = new Addresses(counting, 1);
  const [lid, phone] = ['153978989985921@lid', '491701234567@s.whatsapp.net'];
  assert.equal(await otherForm(lid, addresses), undefined);
  assert.equal(looks, 1);
  await database.commit(addresses.learn({ lid: '153978989985921', phone: '491701234567' }));
  assert.equal(await otherForm(lid, addresses), phone);
  assert.equal(await otherForm(phone, addresses), lid);
  for (const jid of ['120363000000000001@g.us', '1@newsletter', 'status@broadcast', 'nonsense']) {
    assert.equal(await otherForm(jid, addresses), undefined);
  }
  assert.equal(looks, 1);
});
