import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import postgres from 'postgres';
import { StoreFailure } from './database.ts';
import { openPostgres } from './postgres.ts';
import { raw, sql } from './sql.ts';
import { temporarySchema } from './testing/databases.ts';
import { eventually } from './testing/eventually.ts';

const serverUrl = process.env['EAZEWA_TEST_POSTGRES_URL'];

test('a URL that cannot be used is refused in one plain line without the password', async () => {
  const lines: [string, RegExp][] = [
    ['postgres://me:se%cret@db/eazewa', /URL cannot be read/],
    ['postgres://me:secret@127.0.0.1:1/eazewa', /me@127\.0\.0\.1:1\/eazewa: nothing answers there/],
    ['postgres://me:secret@host.invalid/eazewa', /the host is not known/],
  ];
  for (const [url, words] of lines)
    await assert.rejects(openPostgres({ url }), (error: Error) => {
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /cret|\n/);
      return true;
    });
});

describe('on a server', { skip: !serverUrl && 'EAZEWA_TEST_POSTGRES_URL is not set' }, () => {
  let url = '';
  let drop: (() => Promise<void>) | undefined;
  before(async () => ({ url, drop } = await temporarySchema(serverUrl ?? '')));
  after(() => drop?.());

  test('a second gateway is refused in one line, until the first has closed', async () => {
    const first = await openPostgres({ url });
    await assert.rejects(openPostgres({ url, lockWaitMs: 0 }), /: another gateway is using it\. [^\n]+$/);
    const waiting = openPostgres({ url, lockWaitMs: 60_000 });
    await first.close();
    await (await waiting).close();
  });

  test('a database or a schema that does not exist is said in plain words', async () => {
    const noDatabase = new URL(url);
    noDatabase.pathname = '/eazewa_no_such_database';
    await assert.rejects(openPostgres({ url: noDatabase.href }), /there is no database of that name/);
    const noSchema = new URL(url);
    noSchema.searchParams.set('search_path', 'eazewa_no_such_schema');
    await assert.rejects(openPostgres({ url: noSchema.href }), /no schema that exists/);
  });

  test('a commit that is not answered in time fails, and the next one does not wait for it', async () => {
    const database = await openPostgres({ url, answerWithinMs: 300 });
    const other = postgres(url, { max: 1 });
    await other`select pg_advisory_lock(${process.pid})`;
    const waiting = database.commit([sql`select pg_advisory_xact_lock(${process.pid})`]);
    await assert.rejects(waiting, /has not answered for 0\.3 s/);
    await eventually(() => database.commit([raw('select 1')]));
    const [lock] = await other`select pg_advisory_unlock(${process.pid}) as "isHeld"`;
    assert.equal(lock?.['isHeld'], true);
    await database.close();
    await other.end();
  });

  test('connections that broke while nobody used them are made again', async () => {
    const named = new URL(url);
    named.searchParams.set('application_name', `eazewa-test-${process.pid}`);
    const database = await openPostgres({ url: named.href });
    const otherSchema = await temporarySchema(serverUrl ?? '');
    const other = await openPostgres({ url: otherSchema.url });
    await database.commit([raw('create table kept (n bigint)')]);
    await database.all(raw('select n from kept'));
    const [[ended] = []] = await other.commit([
      sql`select count(pg_terminate_backend(pid)) as count from pg_stat_activity
          where application_name = ${`eazewa-test-${process.pid}`}`,
    ]);
    assert.equal(ended?.['count'], 2);
    await atOnceOrNext(() => database.commit([raw('insert into kept (n) values (1)')]));
    assert.deepEqual(await atOnceOrNext(() => database.all(raw('select n from kept'))), [{ n: 1 }]);
    await database.close();
    await other.close();
    await otherSchema.drop();
  });
});

/** Whoever finds the connection broken is told; the one after finds a new one. */
async function atOnceOrNext<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    assert.ok(error instanceof StoreFailure);
    return await work();
  }
}
