import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Database, StoreFailure } from './database.ts';
import { openPostgres } from './postgres.ts';
import { raw, sql } from './sql.ts';
import { temporarySchema } from './testing/databases.ts';
import { eventually } from './testing/eventually.ts';
import { startTcpProxy, type TcpProxy } from './testing/tcp-proxy.ts';

const serverUrl = process.env['EAZEWA_TEST_POSTGRES_URL'];
const options = { skip: !serverUrl && 'EAZEWA_TEST_POSTGRES_URL is not set' };

describe('a PostgreSQL server behind a network that fails', options, () => {
  let proxy: TcpProxy;
  let schema: { url: string; drop: () => Promise<void> };
  let database: Database;
  before(async () => {
    proxy = await startTcpProxy(serverUrl ?? '');
    schema = await temporarySchema(serverUrl ?? '');
    database = await openPostgres({ url: proxy.through(schema.url), answerWithinMs: 500 });
    await eventually(() => database.commit([raw('create table if not exists notes (n bigint primary key)')]));
  });
  beforeEach(() => {
    proxy.become('works');
    proxy.answerAfter(0);
  });
  after(async () => {
    proxy.become('works');
    await database.close();
    await proxy.close();
    await schema.drop();
  });

  for (const [weather, words] of [
    ['cut', 'is cut'],
    ['swallows', 'swallows everything'],
  ] as const) {
    test(`when the network ${words}, reads and commits fail in time, and work again afterwards`, async () => {
      await eventually(() => database.all(raw('select 1')));
      proxy.become(weather);
      for (let round = 0; round < 2; round++) {
        // More reads than there are connections.
        const asked = [
          ...Array.from({ length: 8 }, () => database.all(raw('select n from notes'))),
          ...Array.from({ length: 3 }, () => database.commit([raw('delete from notes where n < 0')])),
        ];
        for (const outcome of await Promise.allSettled(asked)) {
          assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreFailure);
          assert.match(outcome.reason.message, /^Cannot use the PostgreSQL database .*\.$/);
        }
      }
      proxy.become('works');
      const n = weather === 'cut' ? 1 : 2;
      await eventually(() =>
        database.commit([sql`insert into notes (n) values (${n}) on conflict do nothing`]),
      );
      await eventually(() => database.all(raw('select n from notes')));
    });
  }

  test('a slow server answers many at once, in order, without running out of connections', async () => {
    const own = await temporarySchema(serverUrl ?? '');
    const slow = await openPostgres({ url: proxy.through(own.url) });
    await slow.commit([raw('create table notes (n bigint primary key)')]);
    proxy.answerAfter(50);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        await slow.commit([sql`insert into notes (n) values (${100 + n})`]);
        order.push(n);
        const rows = await slow.all(sql`select n from notes where n = ${100 + n}`);
        assert.equal(rows.length, 1);
      }),
    );
    await slow.close();
    await own.drop();
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});
