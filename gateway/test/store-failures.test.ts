import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { readConfig } from '../src/config.ts';
import type { Database } from '../src/database/database.ts';
import { migrate } from '../src/database/migrate.ts';
import { openPostgres } from '../src/database/postgres.ts';
import { temporarySchema } from '../src/database/testing/databases.ts';
import { startTcpProxy, type TcpProxy } from '../src/database/testing/tcp-proxy.ts';
import { startGateway, type Parts } from '../src/gateway.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import { StoreFailureWorld, type Running } from './support/store-failure-world.ts';

const timeout = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'eazewa-failures-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const postgres = process.env['EAZEWA_TEST_POSTGRES_URL'];
const needsPostgres = { timeout, skip: !postgres && 'EAZEWA_TEST_POSTGRES_URL is not set' };

test('a full disk: nothing is confirmed, and all goes on when there is space', { timeout }, async (t) => {
  const disk = smallDisk(t);
  if (disk === null) return;
  const world = await StoreFailureWorld.start({
    start: (env) => startHere({ ...env, EAZEWA_DATA_DIR: disk }),
    location: join(disk, 'eazewa.db'),
  });
  t.after(() => world.close());
  world.mark();
  fill(disk);
  await world.untilFenced(/The store failed: .*disk is full/);
  rmSync(join(disk, 'ballast'));
  world.mark();
  await world.finish();
});

for (const weather of ['cut', 'swallows'] as const) {
  test(`a database that is away for ten minutes: ${weather}`, needsPostgres, async (t) => {
    const clock = new LeapingClock();
    const { world, proxy } = await worldOnPostgres(t, clock);
    world.mark();
    proxy.become(weather);
    const ids = await world.untilFenced(/The store failed: .*PostgreSQL/);
    for (let minute = 0; minute < 10; minute++) clock.leap(60_000);
    assert.deepEqual(
      ids.filter((id) => world.isConfirmed(id)),
      [],
    );
    proxy.become('works');
    world.mark();
    await world.finish();
  });
}

test('a database with 100 ms per query', needsPostgres, async (t) => {
  const { world, proxy } = await worldOnPostgres(t);
  proxy.answerAfter(100);
  for (let round = 0; round < 5; round++) await world.talk();
  await world.answer();
  await world.untilDelivered();
  proxy.answerAfter(0);
  await world.finish();
});

async function startHere(env: Record<string, string>, parts: Partial<Parts> = {}): Promise<Running> {
  const gateway = await startGateway(readConfig(env), parts);
  let stopping: Promise<void> | null = null;
  return { url: gateway.url, stop: () => (stopping ??= gateway.stop()) };
}

async function worldOnPostgres(
  t: TestContext,
  clock?: LeapingClock,
): Promise<{ world: StoreFailureWorld; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(postgres ?? '');
  const { url, drop } = await temporarySchema(postgres ?? '');
  const dataDir = mkdtempSync(join(folder, 'postgres-'));
  // The clock of the store is the real one: half a minute is too long for a test.
  const openDatabase = async (location: string): Promise<Database> => {
    const database = await openPostgres({ url: location, answerWithinMs: 1_000 });
    await migrate(database);
    return database;
  };
  const world = await StoreFailureWorld.start({
    start: (env) =>
      startHere(
        { ...env, EAZEWA_DATA_DIR: dataDir, EAZEWA_DATABASE: proxy.through(url) },
        { openDatabase, ...(clock === undefined ? {} : { clock }) },
      ),
    location: url,
    ...(clock === undefined ? {} : { clock }),
  });
  t.after(async () => {
    proxy.become('works');
    await world.close();
    await proxy.close();
    await drop();
  });
  return { world, proxy };
}

/** A disk of a few megabytes; null, and the test is skipped, where this user may not mount one. */
function smallDisk(t: TestContext): string | null {
  const path = mkdtempSync(join(folder, 'disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    t.skip('a small disk cannot be mounted here: that needs root and the right to mount');
    return null;
  }
  t.after(() => execFileSync('umount', ['--lazy', path]));
  return path;
}

/** Writes until nothing fits any more. */
function fill(disk: string): void {
  const path = join(disk, 'ballast');
  for (let bytes = 1024 * 1024; bytes >= 1; bytes /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}
