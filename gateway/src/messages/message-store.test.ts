import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { rowsPerUnit } from '../database/old-rows.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { unitsOf } from '../database/testing/units-of.ts';
import type { StoredMessage } from '../events/translation.ts';
import { forgetOldMessages, MessageStore } from './message-store.ts';

for (const { name, open } of testDatabases()) {
  test(`${name}: a message is known at once, and after a restart as far as it was written`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    assert.equal(await store.find('m1', true), undefined);
    const statement = store.put(7, message('m1', 1));
    assert.deepEqual(await store.find('m1', true), { ...message('m1', 1), chatId: 7 });
    assert.equal(await store.find('m1', false), undefined);
    assert.equal(await new MessageStore(database, 1).find('m1', true), undefined);
    await database.commit([statement]);
    await database.commit([store.put(7, message('m1', 3))]);

    const next = new MessageStore(database, 1);
    assert.deepEqual(await next.find('m1', true), { ...message('m1', 3), chatId: 7 });
    assert.equal(await new MessageStore(database, 2).find('m1', true), undefined);
    await next.prefetch([
      { id: 'm1', fromMe: true },
      { id: 'm2', fromMe: true },
    ]);
    assert.deepEqual(await next.find('m1', true), { ...message('m1', 3), chatId: 7 });
    assert.equal(await next.find('m2', true), undefined);
  });

  test(`${name}: of a message that is known in two chats the one that is further counts`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    await database.commit([
      store.put(8, message('m1', 1)),
      store.put(7, message('m1', 3)),
      store.put(9, message('m1', 2)),
    ]);
    assert.equal((await new MessageStore(database, 1).find('m1', true))?.ack, 3);
    const next = new MessageStore(database, 1);
    await next.prefetch([{ id: 'm1', fromMe: true }]);
    assert.equal((await next.find('m1', true))?.ack, 3);
  });

  test(`${name}: many messages of the past are few statements, and of one that comes twice the last counts`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const many = Array.from({ length: 130 }, (_, number) => message(`m${number}`, 1));
    const statements = store.putPast(7, [...many, message('m5', 2), message('m129', 3)]);
    assert.equal(statements.length, 2);
    // The next row of the past may speak of one that is not written yet.
    assert.equal((await store.find('m5', true))?.ack, 2);
    await database.commit(statements);
    await database.commit(store.putPast(7, [message('m6', 4), message('new', 1)]));
    const next = new MessageStore(database, 1);
    const acks = ['m4', 'm5', 'm6', 'm129', 'new'].map(async (id) => (await next.find(id, true))?.ack);
    assert.deepEqual(await Promise.all(acks), [1, 2, 4, 3, 1]);
  });

  test(`${name}: all who ask at the same time get an answer, whatever the others ask for`, async () => {
    const database = slowDatabase(await open(), 1);
    const ids = Array.from({ length: 20 }, (_, number) => `m${number}`);
    await writeAll(database, ids);
    const store = new MessageStore(database, 1);
    const wanted = ids.map((id) => ({ id, fromMe: true }));
    const asking = [
      store.prefetch(wanted),
      ...ids.map((id) => store.find(id, true)),
      store.prefetch(wanted.slice(5)),
      ...ids.map((id) => store.find(id, true)),
    ];
    const found = (await Promise.all(asking)).filter((answer) => answer !== undefined);
    assert.deepEqual(
      found.map(({ id }) => id),
      [...ids, ...ids],
    );
  });

  test(`${name}: what was never written is forgotten when that is asked for`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    store.put(7, message('m1', 1)); // Its write is lost.
    store.forget();
    assert.equal(await store.find('m1', true), undefined);
  });

  test(`${name}: messages go when they are old, by WhatsApp's time, as many as there are`, async () => {
    const database = await open();
    const store = new MessageStore(database, 1);
    const old = Array.from({ length: 700 }, (_, number) => store.put(number % 9, message(`m${number}`, 1)));
    await database.commit([...old, store.put(7, message('young', 1, 1_700_000_001))]);
    const age = { before: 1_700_000_001_000, now: 1_800_000_000_000 };
    const units = await unitsOf(forgetOldMessages(database, age));
    assert.deepEqual(units.slice(0, 3), [rowsPerUnit, rowsPerUnit, rowsPerUnit]);
    assert.equal(
      units.reduce((total, rows) => total + rows),
      700,
    );
    const next = new MessageStore(database, 1);
    assert.equal(await next.find('m1', true), undefined);
    assert.equal((await next.find('young', true))?.id, 'young');
  });
}

async function writeAll(database: Database, ids: readonly string[]): Promise<void> {
  const store = new MessageStore(database, 1);
  await database.commit(ids.map((id) => store.put(7, message(id, 1))));
}

function message(id: string, ack: number, timestamp = 1_700_000_000): StoredMessage {
  return { id, fromMe: true, ack, data: { ack, timestamp } as StoredMessage['data'] };
}
