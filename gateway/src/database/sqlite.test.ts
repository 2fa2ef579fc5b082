import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { pollUntil } from '../testing/until.ts';
import { StoreFailure } from './database.ts';
import { openDatabase } from './open-database.ts';
import { openSqlite } from './sqlite.ts';
import { raw, sql } from './sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'eazewa-sqlite-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${++files}.sqlite`);

test('a process that is killed in the middle of commits loses no unit it was told of, and leaves none half', async () => {
  const path = newPath();
  const stored = new Set<number>();
  for (let round = 1; round <= 3; round++) {
    const { numbers, errors } = await commitUntilKilled(path, round * 1_000_000, 300);
    assert.equal(errors, '');
    for (const number of numbers) stored.add(number);
    const database = await openDatabase(path);
    const events = await database.all<{ id: string }>(sql`select id from events order by id`);
    const deliveries = await database.all<{ id: string }>(
      sql`select event_id as id from deliveries order by event_id`,
    );
    await database.close();
    assert.deepEqual(events, deliveries);
    const found = new Set(events.map(({ id }) => Number(id.slice(4))));
    assert.deepEqual(
      [...stored].filter((number) => !found.has(number)),
      [],
    );
  }
});

test('a second process is refused in one line, until the first has ended, however that ended', async () => {
  const path = newPath();
  const otherName = newPath();
  const first = startChild(path, 1);
  await new Promise((resolve) => first.stdout.once('data', resolve));
  symlinkSync(path, otherName);
  for (const name of [path, otherName]) {
    const second = startChild(name, 1);
    const errors = text(second.stderr);
    assert.match(
      (await text(second.stdout)) + (await errors),
      /^Error: The database .* is in use by another process\. .*\n$/,
    );
  }
  await assert.rejects(openDatabase(path), /in use by another process/);
  first.kill('SIGKILL');
  await new Promise((resolve) => first.once('exit', resolve));
  await (await openDatabase(path)).close();
});

test('a file can be opened again as soon as it is closed, and one process holds it once', async () => {
  const path = newPath();
  for (let i = 0; i < 3; i++) {
    const database = await openDatabase(path);
    await assert.rejects(openDatabase(path), /in use by another process/);
    await database.close();
  }
});

test('the files can be read by their owner only', async () => {
  const path = newPath();
  const database = await openDatabase(`sqlite:${path}`);
  for (const suffix of ['', '-wal', '-shm', '-lock'])
    assert.equal(statSync(path + suffix).mode & 0o777, 0o600, suffix || 'the database');
  await database.close();
  assert.equal(existsSync(`${path}-wal`), false, 'the log is merged at the end');
});

test('a path that cannot be used is refused in one line that says what to do', async () => {
  const notes = newPath();
  writeFileSync(notes, 'These are the notes of last week, and no database at all.\n'.repeat(100));
  const lines: [string, RegExp][] = [
    [
      join(folder, 'missing', 'x.sqlite'),
      /: the folder .*missing does not exist\. Make it, or choose another path\.$/,
    ],
    [folder, /: it is a folder\. Choose the path of a file\.$/],
    [notes, /: file is not a database\.$/],
  ];
  for (const [path, words] of lines)
    await assert.rejects(openDatabase(path), (error: Error) => {
      assert.match(error.message, /^Cannot open the database [^\n]+$/);
      assert.ok(error.message.includes(path));
      assert.match(error.message, words);
      return true;
    });
});

test('a folder that this user may not write to is said in plain words', async () => {
  const locked = join(folder, 'locked');
  mkdirSync(locked, { mode: 0o555 });
  chmodSync(folder, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  // The file is looked at before the call returns.
  const opening = openDatabase(join(locked, 'x.sqlite'));
  if (isRoot) process.seteuid?.(0);
  await assert.rejects(
    opening,
    /^Error: Cannot open the database .*: this user may not write there\. [^\n]+$/,
  );
});

test('the log stays small while commits come', async () => {
  const path = newPath();
  const database = await openDatabase(path);
  let largest = 0;
  for (let i = 0; i < 64; i++) {
    await database.commit([
      sql`insert into auth_keys (instance_id, kind, id, value) values (1, 'x', ${String(i)}, ${new Uint8Array(1024 * 1024)})`,
    ]);
    largest = Math.max(largest, statSync(`${path}-wal`).size);
  }
  await database.close();
  assert.ok(largest < 32 * 1024 * 1024, `${largest} bytes`);
});

test('the log is copied into the database while nobody commits', async () => {
  const path = newPath();
  const database = await openDatabase(path);
  const before = statSync(path).size;
  await database.commit([
    sql`insert into auth_keys (instance_id, kind, id, value) values (1, 'x', 'y', ${new Uint8Array(1024 * 1024)})`,
  ]);
  await pollUntil(() => statSync(path).size >= before + 1024 * 1024);
  await database.close();
});

test('a database in memory works without a file', async () => {
  const database = await openDatabase(':memory:');
  await database.commit([sql`insert into chats (instance_id, created_at) values (1, 1)`]);
  assert.deepEqual(await database.all(sql`select id from chats`), [{ id: 1 }]);
  await database.close();
});

test('a closed database refuses everything', async () => {
  const database = await openSqlite({ path: newPath() });
  await database.close();
  await assert.rejects(database.commit([raw('select 1')]), StoreFailure);
  await assert.rejects(database.all(raw('select 1')), StoreFailure);
});

async function commitUntilKilled(path: string, first: number, acknowledged: number) {
  const child = startChild(path, first);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.split('\n').length > acknowledged) child.kill('SIGKILL');
  });
  const errors = await text(child.stderr);
  const lines = output.split('\n');
  assert.ok(lines.length > acknowledged, output.slice(0, 200));
  return { errors, numbers: lines.slice(0, -1).map(Number) };
}

function startChild(path: string, first: number) {
  const script = new URL('testing/sqlite-child.ts', import.meta.url).pathname;
  return spawn(process.execPath, [script, path, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
