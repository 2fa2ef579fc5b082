import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { until } from '../testing/until.ts';
import { Addresses } from './addresses.ts';

const anna = { lid: '153978989985921', phone: '491701234567' };

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

for (const { name, open } of databases) {
  test(`${name}: a pair that was learned is known at once, in both directions, and after a restart`, async () => {
    const database = await open();
    const addresses = new Addresses(database, 1);
    assert.equal(await addresses.phoneOf(anna.lid), null);
    assert.equal(await addresses.lidOf(anna.phone), null);
    const statements = addresses.learn(anna);
    assert.equal(await addresses.phoneOf(anna.lid), anna.phone);
    assert.equal(await addresses.lidOf(anna.phone), anna.lid);
    await database.commit(statements);

    const next = new Addresses(database, 1);
    assert.equal(await next.phoneOf(anna.lid), anna.phone);
    assert.equal(await new Addresses(database, 1).lidOf(anna.phone), anna.lid);
    assert.equal(await new Addresses(database, 2).lidOf(anna.phone), null);
  });

  test(`${name}: a known pair costs no write; a LID that gets another number is written anew`, async () => {
    const database = await open();
    const addresses = new Addresses(database, 1);
    await database.commit(addresses.learn(anna));
    assert.deepEqual(addresses.learn(anna), []);
    await database.commit(addresses.learn({ ...anna, phone: '491709999999' }));
    assert.equal(await new Addresses(database, 1).phoneOf(anna.lid), '491709999999');
    assert.equal((await database.all(sql`select lid from addresses`)).length, 1);
  });

  test(`${name}: what was learned and could not be written is learned again after forgetting`, async () => {
    const database = await open();
    const addresses = new Addresses(database, 1);
    addresses.learn(anna); // Its write is lost.
    addresses.forget();
    assert.equal(await addresses.phoneOf(anna.lid), null);
    await database.commit(addresses.learn(anna));
    assert.equal(await new Addresses(database, 1).phoneOf(anna.lid), anna.phone);
  });

  test(`${name}: a look-up that races what is learned never brings the old answer back`, async () => {
    const database = await open();
    await database.commit(new Addresses(database, 1).learn(anna));
    const reads: PromiseWithResolvers<void>[] = [];
    const paused: Database = {
      ...database,
      async first(query) {
        const row = await database.first(query);
        const read = Promise.withResolvers<void>();
        reads.push(read);
        await read.promise;
        return row as never;
      },
    };
    const addresses = new Addresses(paused, 1);
    const lookUps = [addresses.phoneOf(anna.lid), addresses.lidOf('491709999999')];
    await until(() => reads.length === 2);
    addresses.learn({ ...anna, phone: '491709999999' });
    for (const read of reads) read.resolve();

    assert.deepEqual(await Promise.all(lookUps), ['491709999999', anna.lid]);
    assert.equal(await addresses.phoneOf(anna.lid), '491709999999');
  });
}

test('a person has another form once it is learned; a group, a channel and the status have none and cost no look', async () => {
  const database = await sqlite.open();
  let looks = 0;
  const counting: Database = { ...database, first: (query) => (looks++, database.first(query)) };
  const addresses = new Addresses(counting, 1);
  const [lid, phone] = [`${anna.lid}@lid`, `${anna.phone}@s.whatsapp.net`];
  assert.equal(await addresses.otherForm(lid), undefined);
  assert.deepEqual(await addresses.formsOf(lid), [lid]);
  assert.equal(looks, 2);
  await database.commit(addresses.learn(anna));
  assert.equal(await addresses.otherForm(lid), phone);
  assert.equal(await addresses.otherForm(phone), lid);
  assert.deepEqual(await addresses.formsOf(phone), [phone, lid]);
  for (const jid of ['120363000000000001@g.us', '1@newsletter', 'status@broadcast', 'nonsense']) {
    assert.equal(await addresses.otherForm(jid), undefined);
  }
  assert.equal(looks, 2);
});

test('a stranger who names thousands of people costs a few queries', async () => {
  const database = await sqlite.open();
  let queries = 0;
  const counting: Database = { ...database, all: (query) => (queries++, database.all(query)) };
  const pairs = Array.from({ length: 1200 }, (_, number) => ({ lid: `1${number}`, phone: `49${number}` }));
  await database.commit(pairs.flatMap((pair) => new Addresses(database, 1).learn(pair)));
  const addresses = new Addresses(counting, 1);
  const strangers = Array.from({ length: 2000 }, (_, number) => `9${number}`);
  const lids = [...strangers, ...pairs.map(({ lid }) => lid)];
  assert.deepEqual(await addresses.pairsOf(lids, ['497', '8']), [...pairs, pairs[7]]);
  assert.ok(queries <= 8, `${queries} queries`);
  assert.deepEqual(await addresses.pairsOf(['10'], []), [pairs[0]]);
  assert.ok(queries <= 8);
});

test('more pairs than memory holds are still known to the store', async () => {
  const database = await sqlite.open();
  const addresses = new Addresses(database, 1);
  const pairs = Array.from({ length: 5100 }, (_, number) => ({ lid: `1${number}`, phone: `49${number}` }));
  await database.commit(pairs.flatMap((pair) => addresses.learn(pair)));
  assert.equal(await addresses.phoneOf('10'), '490');
  assert.equal(await addresses.lidOf('491'), '11');
});
