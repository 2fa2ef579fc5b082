import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Database, DataError, StoreFailure } from './database.ts';
import { join, raw, sql, type Statement } from './sql.ts';
import { tableColumns, tableNames } from './testing/tables.ts';
import type { TestDatabase } from './testing/databases.ts';

/** What `Database` promises, as tests on a database with the gateway's tables. */
export function databaseContract({ name, open }: TestDatabase): void {
  describe(`${name} as the store`, () => {
    describe('units', () => unitsContract(open));
    describe('values', () => valuesContract(open));
    describe('reads', () => readsContract(open));
    describe('tables', () => tablesContract(open));
    // The server inside the process cannot be ended without the tests.
    if (name !== 'PGlite') describe('failures of the store', () => failuresContract(open));
  });
}

function unitsContract(open: TestDatabase['open']): void {
  test('units take effect in the order of the calls', async () => {
    const database = await open();
    const names = Array.from({ length: 1_200 }, (_, index) => `instance ${index}`);
    await Promise.all(names.map((name) => database.commit([insertInstance(name)])));
    const rows = await database.all(sql`select name from instances order by id`);
    assert.deepEqual(
      rows,
      names.map((name) => ({ name })),
    );
  });

  test('a unit gives the rows of each of its statements', async () => {
    const database = await open();
    const result = await database.commit([
      sql`insert into chat_aliases (instance_id, jid, chat_id) values (1, 'a', 7), (1, 'b', 8) returning jid, chat_id`,
      sql`update chat_aliases set chat_id = ${9} where jid = ${'a'}`,
      sql`select chat_id as "chatId" from chat_aliases where jid = ${'a'}`,
    ]);
    assert.deepEqual(result, [
      [
        { jid: 'a', chat_id: 7 },
        { jid: 'b', chat_id: 8 },
      ],
      [],
      [{ chatId: 9 }],
    ]);
    assert.deepEqual(await database.commit([]), []);
  });

  test('a unit is stored with all of its statements or none', async () => {
    const database = await open();
    await database.commit([insertAlias('taken')]);
    await assert.rejects(database.commit([insertAlias('first'), insertAlias('taken')]), DataError);
    assert.deepEqual(await aliases(database), ['taken']);
  });

  test('a unit at fault fails alone: the others of its batch are stored', async () => {
    const database = await open();
    const units = Array.from({ length: 60 }, (_, index): Statement[] => {
      const unit = [insertAlias(`a${index}`), sql`select ${`a${index}`} as name`];
      if (index % 7 === 3) unit.push(insertAlias('a0'));
      if (index === 20) unit.push(raw('select from nowhere at all'));
      if (index === 21) unit.push(sql`insert into chat_aliases (instance_id, jid) values (1, 'no chat')`);
      if (index === 22) unit.push(sql`select ${'half \uD83D'} as text`);
      return unit;
    });
    const settled = await Promise.allSettled(units.map((unit) => database.commit(unit)));
    for (const [index, result] of settled.entries()) {
      if (isGuilty(index)) assert.ok(result.status === 'rejected' && result.reason instanceof DataError);
      else assert.deepEqual(result, { status: 'fulfilled', value: [[], [{ name: `a${index}` }]] });
    }
    const innocent = units.flatMap((_, index) => (isGuilty(index) ? [] : [`a${index}`]));
    assert.deepEqual(await aliases(database), innocent.toSorted());
  });

  test('a unit sees what an earlier unit of the same batch wrote, and not what a refused one tried', async () => {
    const database = await open();
    const unit = (jid: string, ...more: Statement[]) =>
      database.commit([insertAlias(jid), ...more, sql`select count(*) as count from chat_aliases`]);
    const [first, refused, third] = await Promise.allSettled([
      unit('x'),
      unit('y', insertAlias('x')),
      unit('z'),
    ]);
    assert.deepEqual(first, { status: 'fulfilled', value: [[], [{ count: 1 }]] });
    assert.equal(refused.status, 'rejected');
    assert.deepEqual(third, { status: 'fulfilled', value: [[], [{ count: 2 }]] });
  });

  test('units that are committed at the same time share few transactions', async () => {
    const sizes: number[] = [];
    const database = await open(({ units }) => sizes.push(units));
    sizes.length = 0;
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => database.commit([insertAlias(`a${index}`)])),
    );
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      1_000,
    );
    assert.ok(sizes.length <= 4, `${sizes.length} batches`);
  });

  test('closing waits for the units that are staged, and refuses later ones', async () => {
    const database = await open();
    const staged = Array.from({ length: 700 }, (_, index) => database.commit([insertAlias(`a${index}`)]));
    const closing = database.close();
    await assert.rejects(database.commit([insertAlias('late')]), StoreFailure);
    assert.equal((await Promise.all(staged)).length, 700);
    await closing;
  });
}

/** Of the units above: a third statement that repeats a key, or another that cannot work. */
function isGuilty(index: number): boolean {
  return index % 7 === 3 || (index >= 20 && index <= 22);
}

function valuesContract(open: TestDatabase['open']): void {
  test('bytes come back as they were, also the largest and those that are no text', async () => {
    const database = await open();
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const large = new Uint8Array(1024 * 1024).map((_, index) => index * 7);
    const pooled = Buffer.from('a part of a larger buffer').subarray(2, 6);
    for (const bytes of [every, large, pooled, new Uint8Array(0)]) {
      const copy = Uint8Array.from(bytes);
      await database.commit([sql`delete from auth_keys`, insertKey('k', bytes)]);
      assert.deepEqual(Uint8Array.from(bytes), copy, 'the caller keeps its bytes');
      assert.ok((await keyOf(database, 'k')).equals(copy));
    }
  });

  test('ten units of a megabyte each go through together', async () => {
    const database = await open();
    const bodies = Array.from({ length: 10 }, (_, index) => new Uint8Array(1024 * 1024).fill(index));
    await Promise.all(bodies.map((body, index) => database.commit([insertKey(`k${index}`, body)])));
    for (const [index, body] of bodies.entries())
      assert.ok((await keyOf(database, `k${index}`)).equals(body));
  });

  test('whole numbers up to 2^53 - 1 come back as they were, others are refused', async () => {
    const database = await open();
    for (const number of [0, -1, 2 ** 31, -(2 ** 33), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      const [rows] = await database.commit([
        sql`insert into chats (instance_id, created_at) values (${number}, ${number}) returning instance_id, created_at`,
      ]);
      assert.deepEqual(rows, [{ instance_id: number, created_at: number }]);
    }
    for (const number of [2 ** 53, 1.5, NaN, Infinity])
      await assert.rejects(
        database.commit([sql`insert into chats (instance_id, created_at) values (1, ${number})`]),
        DataError,
      );
  });

  test('text of any language comes back as it was; U+0000 and half characters are refused', async () => {
    const database = await open();
    for (const text of [
      '',
      "'; drop table tokens; --",
      'ação 日本 🎉 \u{10FFFF} \uFEFF\r\n\\x00 $1 ?',
      'x'.repeat(100_000),
    ]) {
      const [rows] = await database.commit([insertInstance(text)]);
      assert.deepEqual(
        await database.first(sql`select name from instances where id = ${Number(rows?.[0]?.['id'])}`),
        {
          name: text,
        },
      );
    }
    for (const text of ['a\0b', '\uD83D', '\uDE00 ok'])
      await assert.rejects(database.commit([insertInstance(text)]), DataError);
  });

  test('null comes back as null; a comparison and a count come back as numbers', async () => {
    const database = await open();
    const row = await database.first(
      sql`select cast(${null} as text) as absent, 2 > 1 as yes, count(*) as count, sum(version) as sum from schema_version
        where version = 1`,
    );
    assert.deepEqual(row, { absent: null, yes: 1, count: 1, sum: 1 });
  });
}

function readsContract(open: TestDatabase['open']): void {
  test('a read sees every unit whose commit has resolved', async () => {
    const database = await open();
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        await database.commit([insertAlias(`a${index}`)]);
        assert.ok(await database.first(sql`select 1 as one from chat_aliases where jid = ${`a${index}`}`));
      }),
    );
  });

  test('a list of values is one statement, whatever its length', async () => {
    const database = await open();
    await database.commit(['a', 'b', 'c', 'd'].map(insertAlias));
    for (const jids of [['a'], ['a', 'd'], ['d', 'c', 'b'], ['none', 'b']])
      assert.deepEqual(
        await database.all(sql`select jid from chat_aliases where jid in (${join(jids)}) order by jid`),
        jids
          .filter((jid) => jid !== 'none')
          .toSorted()
          .map((jid) => ({ jid })),
      );
    const many = Array.from({ length: 30_000 }, (_, index) => index);
    assert.deepEqual(
      await database.all(sql`select jid from chat_aliases where chat_id in (${join(many)}) and jid = 'a'`),
      [{ jid: 'a' }],
    );
    assert.equal(await database.first(sql`select jid from chat_aliases where jid = 'none'`), undefined);
  });

  test('a read at fault, or one that writes, is refused and harms nobody', async () => {
    const database = await open();
    const outcomes = await Promise.allSettled([
      database.commit([insertAlias('a')]),
      database.all(sql`select nothing from nowhere where id = ${1}`),
      database.all(insertAlias('b')),
      database.all(sql`select ${'a\0'} as text`),
      database.commit([insertAlias('c')]),
    ]);
    for (const outcome of outcomes.slice(1, 4))
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof DataError);
    assert.deepEqual(await aliases(database), ['a', 'c']);
  });
}

function tablesContract(open: TestDatabase['open']): void {
  test('every table takes a row and gives it back', async () => {
    const database = await open();
    for (const table of await tableNames(database)) {
      const columns = (await tableColumns(database, table)).filter(({ isIdentity }) => !isIdentity);
      const names = columns.map(({ name }) => raw(name));
      const values = columns.map(({ sample }) => sample);
      const returning = raw(columns.map(({ name }) => name).join(', '));
      const [rows] = await database.commit([
        sql`insert into ${raw(table)} (${join(names)}) values (${join(values)}) returning ${returning}`,
      ]);
      const row = Object.values(rows?.[0] ?? {}).map((value) =>
        value instanceof Uint8Array ? [...value] : value,
      );
      assert.deepEqual(
        row,
        values.map((value) => (value instanceof Uint8Array ? [...value] : value)),
        table,
      );
    }
  });

  test('an id is never given twice, also when its row is deleted', async () => {
    const database = await open();
    const newId = async () => Number((await database.commit([insertInstance('x')]))[0]?.[0]?.['id']);
    const first = await newId();
    await database.commit([sql`delete from instances where id = ${first}`]);
    assert.ok((await newId()) > first);
  });
}

function failuresContract(open: TestDatabase['open']): void {
  test('when the store fails, every waiting unit fails, and the next one finds a working store', async () => {
    const database = await open();
    for (let round = 0; round < 3; round++) {
      await database.commit([insertAlias(`before ${round}`)]);
      const waiting = [
        database.commit([insertAlias('same batch')]),
        database.commit(endTheStore(database)),
        database.commit([insertAlias('same batch, behind')]),
      ];
      await Promise.resolve();
      waiting.push(database.commit([insertAlias('next batch')]));
      for (const outcome of await Promise.allSettled(waiting))
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreFailure, String(round));
      await database.commit([insertAlias(`after ${round}`)]);
    }
    assert.deepEqual(await aliases(database), [
      'after 0',
      'after 1',
      'after 2',
      'before 0',
      'before 1',
      'before 2',
    ]);
  });

  test('when the store fails while a unit at fault is sorted out, nothing of the batch is stored', async () => {
    const database = await open();
    await database.commit([insertAlias('taken')]);
    const outcomes = await Promise.allSettled([
      database.commit([insertAlias('one')]),
      database.commit([insertAlias('taken')]),
      database.commit(endTheStore(database)),
    ]);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    await database.commit([insertAlias('two')]);
    assert.deepEqual(await aliases(database), ['taken', 'two']);
  });

  test('reads go on after a failure of the store', async () => {
    const database = await open();
    await database.commit([insertAlias('a')]);
    await assert.rejects(database.commit(endTheStore(database)), StoreFailure);
    assert.deepEqual(await aliases(database), ['a']);
  });
}

/** SQLite: no page may be added any more. PostgreSQL: the server ends the connection. Both end with the connection. */
function endTheStore({ dialect }: Database): Statement[] {
  return dialect === 'sqlite'
    ? [raw('pragma max_page_count = 1'), insertKey('large', new Uint8Array(1024 * 1024))]
    : [raw('select pg_terminate_backend(pg_backend_pid())'), insertKey('large', new Uint8Array(1024 * 1024))];
}

function insertInstance(name: string): Statement {
  return sql`insert into instances (name, state, created_at) values (${name}, 'booting', ${1}) returning id`;
}

function insertAlias(jid: string): Statement {
  return sql`insert into chat_aliases (instance_id, jid, chat_id) values (${1}, ${jid}, ${1})`;
}

function insertKey(id: string, value: Uint8Array): Statement {
  return sql`insert into auth_keys (instance_id, kind, id, value) values (${1}, 'test', ${id}, ${value})`;
}

async function keyOf(database: Database, id: string): Promise<Buffer> {
  const row = await database.first<{ value: Uint8Array }>(sql`select value from auth_keys where id = ${id}`);
  return Buffer.from(row?.value ?? []);
}

async function aliases(database: Database): Promise<string[]> {
  const rows = await database.all<{ jid: string }>(sql`select jid from chat_aliases`);
  return rows.map(({ jid }) => jid).toSorted();
}
