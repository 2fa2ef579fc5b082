import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import {
  decideRow,
  deleteRow,
  endRedeliveries,
  endRow,
  findByHash,
  giveUpDecryption,
  insertRow,
  lastSeq,
  openRows,
  undecidedRows,
  type InboxState,
} from './inbox-rows.ts';
import { anna, row, startDraining, textRow } from './testing/draining.ts';

const hash = Buffer.alloc(32, 1);
const otherHash = Buffer.alloc(32, 2);
const awkward = Buffer.from([0, 255, 0xed, 0xa0, 0x80, 0]);

for (const { name, open } of testDatabases()) {
  test(`${name}: open rows come in the order of their numbers, with their bytes as they were`, async () => {
    const database = await open();
    await database.commit([
      insertRow(1, row(3, 'stanza', { stanza: awkward })),
      insertRow(1, row(1, 'message', { stanza: awkward, plaintext: awkward, state: 'undecided', hash })),
      insertRow(1, row(2, 'message', { state: 'done' })),
      insertRow(1, row(4, 'message', { state: 'parked' })),
      insertRow(2, row(1, 'lifecycle')),
    ]);
    const open1 = await openRows(database, 1, 0, 10);
    assert.deepEqual(
      open1.map(({ seq, kind, state }) => [seq, kind, state]),
      [
        [1, 'message', 'undecided'],
        [3, 'stanza', 'decided'],
      ],
    );
    assert.deepEqual(Buffer.from(open1[0]?.plaintext ?? []), awkward);
    assert.deepEqual(Buffer.from(open1[1]?.stanza ?? []), awkward);
    assert.deepEqual((await openRows(database, 1, 1, 10)).length, 1);
    assert.deepEqual((await openRows(database, 1, 0, 1)).length, 1);
    assert.equal(await lastSeq(database, 1), 4);
    assert.equal(await lastSeq(database, 3), 0);
  });

  test(`${name}: ciphertexts are found under the first earlier row that was not given up`, async () => {
    const database = await open();
    const rows: [number, InboxState][] = [
      [1, 'parked'],
      [2, 'undecided'],
      [3, 'done'],
    ];
    await database.commit(rows.map(([seq, state]) => insertRow(1, row(seq, 'message', { state, hash }))));
    assert.equal((await findByHash(database, 1, hash, 3))?.seq, 2);
    assert.equal(await findByHash(database, 1, hash, 2), undefined);
    assert.equal(await findByHash(database, 1, otherHash, 9), undefined);
    assert.equal(await findByHash(database, 2, hash, 9), undefined);
    assert.deepEqual(await undecidedRows(database, 1), [{ seq: 2, hash: hash.toString('hex') }]);
  });

  test(`${name}: deciding one row ends its redeliveries; giving up lets all go on that wait for the same ciphertexts`, async () => {
    const database = await open();
    await database.commit([
      messageOf(1, hash),
      messageOf(2, hash),
      messageOf(3, otherHash),
      messageOf(4, otherHash),
      messageOf(5, otherHash, 'done'),
    ]);
    await database.commit([decideRow(1, 1, 'decided', awkward), endRedeliveries(1, 1, hash)]);
    await database.commit([giveUpDecryption(1, otherHash, 'why')]);
    assert.deepEqual(await states(database), [
      [1, 'decided', null],
      [2, 'done', 'redelivery of 1'],
      [3, 'undecryptable', 'why'],
      [4, 'undecryptable', 'why'],
      [5, 'done', null],
    ]);
    await database.commit([endRow(1, 1, 'done', 'told'), deleteRow(1, 2)]);
    assert.deepEqual((await states(database)).slice(0, 2), [
      [1, 'done', 'told'],
      [3, 'undecryptable', 'why'],
    ]);
  });

  test(`${name}: rows that are recorded at once get their numbers in the order of the calls, after those of before`, async () => {
    const database = await open();
    await database.commit([insertRow(1, textRow(7, anna, 'x'))]);
    const draining = await startDraining(slowDatabase(database, 2));
    await draining.drain.stop();
    const { inbox } = draining;
    await Promise.all([
      inbox.recordLifecycle([{ is: 'authenticated' }, { is: 'ready' }], []),
      inbox.recordLifecycle(
        [{ is: 'change_state', state: 'OPENING' }],
        [sql`insert into chats (instance_id, created_at) values (1, 5)`],
      ),
    ]);
    assert.deepEqual(
      (await openRows(database, 1, 7, 10)).map(({ seq, stanza }) => [
        seq,
        (JSON.parse(Buffer.from(stanza ?? []).toString()) as { is: string }).is,
      ]),
      [
        [8, 'authenticated'],
        [9, 'ready'],
        [10, 'change_state'],
      ],
    );
    assert.equal((await database.all(sql`select id from chats where created_at = 5`)).length, 1);
  });

  test(`${name}: all who open the inbox of an instance at once get the same one`, async () => {
    const draining = await startDraining(slowDatabase(await open(), 2));
    const opened = await Promise.all([1, 2, 3].map(() => draining.openAnother(2)));
    assert.equal(new Set(opened.map(({ inbox }) => inbox)).size, 1);
    assert.equal(new Set(opened.map(({ drain }) => drain)).size, 1);
  });
}

async function states(database: Database) {
  const rows = await database.all(sql`select seq, state, note from inbox where instance_id = 1 order by seq`);
  return rows.map(({ seq, state, note }) => [seq, state, note]);
}

function messageOf(seq: number, of: Buffer, state: InboxState = 'undecided'): Statement {
  return insertRow(1, row(seq, 'message', { state, hash: of }));
}
