import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabases } from '../database/testing/databases.ts';
import { Addresses } from './addresses.ts';
import { createChatNames } from './chat-names.ts';
import { Chats } from './chat-store.ts';

const lid = '153978989985921@lid';
const phone = '491701234567@s.whatsapp.net';
const group = '120363000000000001@g.us';

for (const { name, open } of testDatabases()) {
  test(`${name}: a chat is found by both of its names and shown by its number once they are known to be one`, async () => {
    const database = await open();
    const chats = new Chats(database, 1, () => 1_700_000_000_000);
    const names = createChatNames(database);
    const [byLid, ofGroup] = [await chats.resolve([lid]), await chats.resolve([group])];
    assert.deepEqual(await names.find(1, lid), [byLid]);
    assert.deepEqual(await names.find(1, phone), []);
    const shown = () => names.contactsOf(1, [byLid, ofGroup, 99]).then((contacts) => [...contacts]);
    assert.deepEqual(
      new Map(await shown()),
      new Map([
        [byLid, lid],
        [ofGroup, group],
      ]),
    );

    await database.commit(
      new Addresses(database, 1).learn({ lid: '153978989985921', phone: '491701234567' }),
    );
    assert.deepEqual(await names.find(1, phone), [byLid]);
    assert.deepEqual(
      new Map(await shown()),
      new Map([
        [byLid, '491701234567@c.us'],
        [ofGroup, group],
      ]),
    );
    assert.deepEqual(await names.find(2, phone), []);

    const byPhone = await chats.resolve([phone]);
    for (const jid of [lid, phone])
      assert.deepEqual(new Set(await names.find(1, jid)), new Set([byLid, byPhone]), jid);
  });
}
