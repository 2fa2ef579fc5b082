import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { rowsPerUnit } from '../database/old-rows.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { unitsOf } from '../database/testing/units-of.ts';
import { ContentDrop, forgetOldRows } from './forget-old-rows.ts';
import { decideRow, endRow, insertRow, lastSeq, type InboxState } from './inbox-rows.ts';
import { row } from './testing/draining.ts';

const content = Buffer.from([0, 255]);
const age = { before: 200, now: 1000 };

for (const { name, open } of testDatabases()) {
  test(`${name}: old rows go when they ended, and what did not end stays whole`, async () => {
    const database = await open();
    await database.commit([
      messageAt(1, 'done', 100),
      messageAt(2, 'undecided', 100),
      messageAt(3, 'decided', 100),
      messageAt(4, 'parked', 199),
      messageAt(5, 'done', 200),
      messageAt(6, 'done', 300),
      messageAt(1, 'done', 100, 2),
      messageAt(2, 'undecided', 100, 2),
    ]);
    await unitsOf(forgetOldRows(database, age));
    assert.deepEqual(await rowsOf(database), ['2 full', '3 full', '5 full', '6 full']);
    assert.deepEqual(await rowsOf(database, 2), ['2 full']);
  });

  test(`${name}: the newest row of an instance stays without its content, so that no number is given twice`, async () => {
    const database = await open();
    await database.commit([
      messageAt(7, 'done', 100),
      messageAt(8, 'parked', 100),
      messageAt(3, 'done', 100, 2),
    ]);
    await unitsOf(forgetOldRows(database, age));
    assert.deepEqual(await rowsOf(database), ['8 empty']);
    assert.deepEqual(await rowsOf(database, 2), ['3 empty']);
    assert.equal(await lastSeq(database, 1), 8);
    await database.commit([messageAt(9, 'done', 900)]);
    await unitsOf(forgetOldRows(database, age));
    assert.deepEqual(await rowsOf(database), ['9 full']);
  });

  test(`${name}: more old rows than a unit takes go in several units, past those that stay`, async () => {
    const database = await open();
    const all = Array.from({ length: 1300 }, (_, index) => index + 1);
    await database.commit(
      all.map((seq) => messageAt(seq, seq <= 600 && seq % 2 === 0 ? 'undecided' : 'done', 100)),
    );
    const units = await unitsOf(forgetOldRows(database, age));
    assert.ok(units.length > 1 && units.every((rows) => rows <= rowsPerUnit), units.join());
    assert.equal(
      units.reduce((total, rows) => total + rows),
      999,
    );
    assert.equal((await rowsOf(database)).length, 301);
  });

  test(`${name}: rows from a time when the clock was ahead hold up no others`, async () => {
    const database = await open();
    await database.commit([
      messageAt(1, 'done', 5000),
      messageAt(2, 'done', 100),
      messageAt(3, 'done', 300),
      messageAt(4, 'done', 100),
    ]);
    await unitsOf(forgetOldRows(database, age));
    assert.deepEqual(await rowsOf(database), ['1 full', '3 full', '4 full']);
  });

  test(`${name}: old content goes when its row ended, also when that was late, and the row stays`, async () => {
    const database = await open();
    await database.commit([
      messageAt(1, 'done', 100),
      messageAt(2, 'undecided', 100),
      messageAt(3, 'parked', 100),
      messageAt(4, 'done', 150),
      messageAt(5, 'done', 200),
    ]);
    const dropping = new ContentDrop(database);
    await unitsOf(dropping.drop(age));
    assert.deepEqual(await rowsOf(database), ['1 empty', '2 full', '3 full', '4 empty', '5 full']);
    await database.commit([decideRow(1, 2, 'decided', content), endRow(1, 2, 'done', null)]);
    await unitsOf(dropping.drop({ before: 201, now: 1000 }));
    assert.deepEqual(await rowsOf(database), ['1 empty', '2 empty', '3 full', '4 empty', '5 empty']);
  });
}

/** Numbers of the rows that are there, and whether they have content. */
async function rowsOf(database: Database, instanceId = 1): Promise<string[]> {
  const rows = await database.all<{ seq: number; plaintext: Uint8Array | null; stanza: Uint8Array | null }>(
    sql`select seq, plaintext, stanza from inbox where instance_id = ${instanceId} order by seq`,
  );
  return rows.map(({ seq, plaintext, stanza }) => {
    assert.equal(plaintext === null, stanza === null);
    return `${seq} ${plaintext === null ? 'empty' : 'full'}`;
  });
}

function messageAt(seq: number, state: InboxState, receivedAt: number, instanceId = 1): Statement {
  const hash = Buffer.alloc(32, seq);
  return insertRow(
    instanceId,
    row(seq, 'message', { state, receivedAt, stanza: content, plaintext: content, hash }),
  );
}
