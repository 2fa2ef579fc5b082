import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database/database.ts';
import { databaseOn } from '../database/driver.ts';
import type { Batch, Unit } from '../database/group-commit.ts';
import { sql, type Statement } from '../database/sql.ts';
import { testDatabases } from '../database/testing/databases.ts';
import { slowDatabase } from '../database/testing/slow-database.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { turns } from '../testing/until.ts';
import { DurableWrites } from './durable-writes.ts';
import { FrameGate } from './frame-gate.ts';
import { heldDatabase } from './testing/held-database.ts';

const databases = testDatabases();
const [sqlite = assert.fail('there is no SQLite')] = databases;

test('a frame leaves at once when nothing is on its way to the disk', async () => {
  const { push, sent } = gateOn(await sqlite.open());
  push('a');
  assert.deepEqual(sent, ['a']);
});

test('a frame leaves only after every write that was staged before it is on disk', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, push, sent } = gateOn(database);
  writes.stage([row(1)]);
  writes.stage([row(2)]);
  push('speaks of 1 and 2');
  writes.stage([row(3)]);

  await database.letGo(1);
  assert.deepEqual(sent, []);
  await database.letGo(1);
  assert.deepEqual(sent, ['speaks of 1 and 2']);
  assert.equal(await rows(database), 2);
  await database.letGo();
});

test('Baileys hears at once that a frame is sent, so that it works on while the disk does', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, gate, sent } = gateOn(database);
  writes.stage([row(1)]);
  const done = Promise.withResolvers<void>();
  gate.push(Buffer.from('a'), (error) => (error === undefined ? done.resolve() : done.reject(error)));
  await done.promise;
  assert.deepEqual(sent, []);
  await database.letGo();
  await gate.whenSent();
  assert.deepEqual(sent, ['a']);
});

test('frames keep their order, also one that has nothing to wait for', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, push, sent } = gateOn(database);
  writes.stage([row(1)]);
  push('a');
  writes.stage([row(2)]);
  push('b');
  push('c');
  await database.letGo(1);
  push('d');
  assert.deepEqual(sent, ['a']);
  await database.letGo(1);
  push('e');
  assert.deepEqual(sent, ['a', 'b', 'c', 'd', 'e']);
});

test('when a write fails the frames that wait for it are thrown away, and no later one leaves', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, gate, push, sent, fences } = gateOn(database);
  push('before');
  writes.stage([row(1)]);
  push('a');
  push('b');
  await database.fail();

  assert.deepEqual(fences, ['The disk is gone, as the test wants.']);
  assert.ok(writes.isFenced);
  const refusal = await new Promise<Error | undefined>((resolve) => gate.push(Buffer.from('after'), resolve));
  assert.match(refusal?.message ?? '', /has ended/);
  await gate.whenSent();
  assert.deepEqual(sent, ['before']);
});

test('a frame that waits 10 seconds for the disk fences the connection, and does not leave when the disk is back', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, gate, clock, push, sent, fences } = gateOn(database);
  writes.stage([row(1)]);
  push('a');
  clock.advance(9_999);
  assert.equal(writes.isFenced, false);
  clock.advance(1);

  assert.deepEqual(fences, ['The store took longer than 10 seconds to write.']);
  await database.letGo();
  await gate.whenSent();
  assert.deepEqual(sent, []);
  clock.advance(60_000);
  assert.equal(fences.length, 1);
});

test('a frame that left in time does not fence the connection afterwards', async () => {
  const database = heldDatabase(await sqlite.open());
  const { writes, clock, push, sent } = gateOn(database);
  writes.stage([row(1)]);
  push('a');
  await database.letGo();
  assert.deepEqual(sent, ['a']);
  assert.equal(clock.nextInMs, null);
  assert.equal(writes.isFenced, false);
});

test('what a hundred messages write while one commit is on its way is one more commit', async () => {
  const disk = await sqlite.open();
  const firstCommit = Promise.withResolvers<void>();
  const batches: Batch[] = [];
  const write = async (units: readonly Unit[]) => {
    await firstCommit.promise;
    return Promise.all(units.map((unit) => disk.commit(unit)));
  };
  const database = databaseOn(
    { dialect: disk.dialect, write, read: (query) => disk.all(query), close: () => disk.close() },
    (batch) => batches.push(batch),
  );
  const { writes, gate, push, sent } = gateOn(database);
  const receipts: string[] = [];
  for (let number = 1; number <= 100; number++) {
    // What a message costs: its stanza, then ratchet and plaintext, then its receipt, one turn of the loop later.
    writes.stage([row(number * 2)]);
    await turns();
    writes.stage([row(number * 2 + 1)]);
    push(`receipt ${number}`);
    receipts.push(`receipt ${number}`);
  }
  assert.deepEqual(sent, []);
  firstCommit.resolve();
  await gate.whenSent();

  assert.deepEqual(sent, receipts);
  assert.deepEqual(
    batches.map(({ units }) => units),
    [1, 199],
  );
});

for (const { name, open } of databases) {
  test(`${name}: nothing hangs when writes and frames of several connections cross on a slow store`, async () => {
    const database = slowDatabase(await open(), 3);
    const gates = Array.from({ length: 5 }, () => gateOn(database));
    await Promise.all(
      gates.map(async ({ writes, gate, push, sent }, connection) => {
        const pushed: string[] = [];
        for (let number = 0; number < 20; number++) {
          writes.stage([row(connection * 1000 + number)]);
          push(`${number}`);
          pushed.push(`${number}`);
          if (number % 3 === 0) await gate.whenSent();
          if (number % 5 === 0) await writes.whenWritten();
        }
        await gate.whenSent();
        assert.deepEqual(sent, pushed);
      }),
    );
    assert.equal(await rows(database), 100);
  });
}

function gateOn(database: Database) {
  const sent: string[] = [];
  const fences: string[] = [];
  const clock = new FakeClock();
  const writes = new DurableWrites(database, (reason) => fences.push(reason.message));
  const gate = new FrameGate(writes, clock, (bytes, done) => {
    sent.push(Buffer.from(bytes).toString());
    done();
  });
  const push = (text: string) => gate.push(Buffer.from(text), () => undefined);
  return { writes, gate, clock, sent, fences, push };
}

function row(number: number): Statement {
  return sql`insert into chats (instance_id, created_at) values (1, ${number})`;
}

async function rows(database: Database): Promise<number> {
  const found = await database.first<{ count: number }>(sql`select count(*) as count from chats`);
  return found?.count ?? 0;
}
