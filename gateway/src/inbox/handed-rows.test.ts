import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { until } from '../testing/until.ts';
import { decideRow, insertRow, type InboxRecord, type NewInboxRecord } from './inbox-rows.ts';
import {
  anna,
  ben,
  lifecycleRow,
  pastRow,
  receiptRow,
  sealedText,
  startDraining,
  text,
  textRow,
  type Draining,
} from './testing/draining.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

for (const { name, open } of databases) {
  test(`${name}: rows that are handed over become events in their order, and the inbox is not read for them`, async () => {
    const { database, inboxReads } = watched(await open());
    const draining = await startDraining(database);
    await draining.drain.whenIdle();
    const before = inboxReads();
    const rows = ['a1', 'b1', 'a2', 'b2'].map((word, index) =>
      textRow(index + 1, word.startsWith('a') ? anna : ben, word),
    );
    await Promise.all(rows.map((row) => handOver(draining, row)));
    assert.deepEqual(await draining.toldUntil('message b2'), text('a1', 'b1', 'a2', 'b2'));
    await draining.drain.whenIdle();
    assert.equal(inboxReads(), before);
    assert.deepEqual(await draining.rows(), { 1: 'done', 2: 'done', 3: 'done', 4: 'done' });
  });

  test(`${name}: a message that was told before and is not stored any more is not told again`, async () => {
    const draining = await startDraining(await open());
    const { database, toldUntil } = draining;
    await handOver(draining, textRow(1, anna, 'a1'));
    await toldUntil('message a1');
    await draining.drain.whenIdle();
    await database.commit([sql`delete from messages`]);
    const restarted = await draining.restart();
    await restarted.put(textRow(2, anna, 'a1'), textRow(3, anna, 'a2'));
    assert.deepEqual(await restarted.toldUntil('message a2'), text('a1', 'a2'));
    await restarted.drain.whenIdle();
    assert.deepEqual(await restarted.rows(), { 1: 'done', 2: 'done', 3: 'done' });
  });
}

test('a row that is handed over before an older one is decided waits for that one', async () => {
  const draining = await startDraining(await sqlite.open());
  const { database, drain, toldUntil } = draining;
  await handOver(draining, textRow(1, anna, 'a1'));
  await database.commit([insertRow(1, textRow(2, anna, 'a2', { state: 'undecided' }))]);
  await handOver(draining, textRow(3, anna, 'a3'));
  await handOver(draining, textRow(4, ben, 'b1'));
  assert.deepEqual(await toldUntil('message b1'), text('a1', 'b1'));

  const decided = recordOf({ ...textRow(2, anna, 'a2'), plaintext: sealedText('a2') });
  const deciding = database.commit([decideRow(1, 2, 'decided', sealedText('a2'))]);
  drain.hand(decided);
  await deciding;
  drain.written(decided);
  await handOver(draining, textRow(5, ben, 'b2'));
  const all = await toldUntil('message b2');
  assert.deepEqual(all.slice(4), text('a2', 'a3', 'b2'));
});

test('a row that is handed over speaks of a message that is still to come', async () => {
  const draining = await startDraining(await sqlite.open());
  await handOver(draining, receiptRow(1, anna, '3EB0UNKNOWN'));
  await handOver(draining, textRow(2, anna, 'a1'));
  await handOver(draining, textRow(3, ben, 'b1'));
  assert.deepEqual(await draining.toldUntil('message b1'), text('b1'));
  draining.drain.offlineSync(true);
  const all = await draining.toldUntil('message a1');
  assert.deepEqual(all.slice(2), ['message_ack 3EB0UNKNOWN 2', ...text('a1')]);
});

test('rows that come from the store and rows that are handed over keep their common order', async () => {
  const draining = await startDraining(await sqlite.open());
  const { database, put, toldUntil } = draining;
  await Promise.all([
    handOver(draining, textRow(1, anna, 'a1')),
    put(lifecycleRow(2, { is: 'ready' })),
    handOver(draining, textRow(3, anna, 'a2')),
    put(textRow(4, anna, 'a3')),
    handOver(draining, textRow(5, anna, 'a4')),
  ]);
  const all = await toldUntil('message a4');
  assert.deepEqual(
    all.filter((told) => told !== 'ready'),
    text('a1', 'a2', 'a3', 'a4'),
  );
  const left = await database.all(sql`select seq from inbox where state <> 'done'`);
  assert.deepEqual(left, []);
});

test('of a row that could not be written nothing is recorded, and the same message is told when it comes again', async () => {
  const held = holdingReads(await sqlite.open());
  const draining = await startDraining(held.database);
  const { drain, clock } = draining;
  await handOver(draining, textRow(1, anna, 'a1'));
  await draining.toldUntil('message a1');
  await drain.whenIdle();

  const reading = held.hold();
  // Its unit fails while the drain asks for the message.
  drain.hand(recordOf(textRow(2, anna, 'a2')));
  await reading;
  drain.lost();
  held.release();
  await drain.whenIdle();
  assert.deepEqual(await draining.told(), text('a1'));

  clock.advance(1000);
  await handOver(draining, textRow(3, anna, 'a2'));
  assert.deepEqual(await draining.toldUntil('message a2'), text('a1', 'a2'));
  assert.deepEqual(await draining.rows(), { 1: 'done', 3: 'done' });
});

test('rows of the past go on after a row that was handed over while they were looked for', async () => {
  const store = await sqlite.open();
  let looks = 0;
  const draining = await startDraining({
    ...store,
    all<R extends Row>(query: Statement) {
      const isLook = query.parts.join().includes("when kind = 'past'");
      const found = store.all<R>(query);
      // On disk only after this look, which comes after the first turn of past rows.
      if (isLook && ++looks === 2) void found.then(() => handOver(draining, textRow(7, ben, 'live')));
      return found;
    },
  });
  await draining.put(...Array.from({ length: 6 }, (_, index) => pastRow(index + 1, anna, `p${index + 1}`)));
  await draining.toldUntil('message live');
  await until(async () => Object.keys(await draining.rows()).length === 1);
});

test('a batch does not wait for what is announced when the planning of that waits for it', async () => {
  const store = await sqlite.open();
  let announced = 0;
  const atCommit: number[] = [];
  const draining = await startDraining({
    ...store,
    announce() {
      const end = store.announce();
      let isOpen = true;
      announced++;
      return () => {
        if (isOpen) announced--;
        isOpen = false;
        end();
      };
    },
    commit(unit, options) {
      if (unit.some(({ parts }) => /insert into chat(s|_aliases) /.test(parts[0] ?? '')))
        atCommit.push(announced);
      return store.commit(unit, options);
    },
  });
  await handOver(draining, textRow(1, anna, 'a1'));
  await draining.toldUntil('message a1');
  // The chat, and its two names.
  assert.deepEqual(atCommit, [0, 0]);
});

/** As a connection does: the row is staged, handed over, and on disk later. */
async function handOver({ database, drain }: Draining, row: NewInboxRecord): Promise<void> {
  const record = recordOf(row);
  const written = database.commit([insertRow(1, row)]);
  drain.hand(record);
  await written;
  drain.written(record);
}

function recordOf({ seq, kind, state, stanza, plaintext, receivedAt }: NewInboxRecord): InboxRecord {
  return { seq, kind, state, stanza, plaintext, receivedAt, note: null };
}

/** Counts how often the inbox is looked through. */
function watched(store: Database) {
  let reads = 0;
  const database: Database = {
    ...store,
    all(query) {
      if (query.parts.join().includes('from inbox')) reads++;
      return store.all(query);
    },
  };
  return { database, inboxReads: () => reads };
}

/** Holds what is read, from when the test wants it. */
function holdingReads(store: Database) {
  let holding: { readonly began: () => void; readonly ended: Promise<void> } | null = null;
  let release: (() => void) | null = null;
  const database: Database = {
    ...store,
    async all(query) {
      holding?.began();
      await holding?.ended;
      return store.all(query);
    },
  };
  return {
    database,
    /** Resolves when somebody reads. */
    hold: () =>
      new Promise<void>((began) => {
        holding = { began, ended: new Promise((resolve) => (release = resolve)) };
      }),
    release() {
      holding = null;
      release?.();
    },
  };
}
