import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import type { Clock } from '../src/clock.ts';
import { readConfig } from '../src/config.ts';
import type { Database } from '../src/database/database.ts';
import { migrate } from '../src/database/migrate.ts';
import { openDatabase } from '../src/database/open-database.ts';
import { openPostgres } from '../src/database/postgres.ts';
import { temporarySchema } from '../src/database/testing/databases.ts';
import { stalledDatabase, type StalledDatabase } from '../src/database/testing/stalled-database.ts';
import { startTcpProxy } from '../src/database/testing/tcp-proxy.ts';
import type { ReceivedRequest } from '../src/delivery/testing/receiver.ts';
import { startGateway, type Parts } from '../src/gateway.ts';
import { startGatewayChild } from './support/gateway-child.ts';
import { LeapingClock } from './support/leaping-clock.ts';
import { StoreFailureWorld, type Running } from './support/store-failure-world.ts';
import { until } from './support/until.ts';
import { failCalls, fill, forbidWriting, smallDisk, type Mend } from './support/system-faults.ts';

const postgres = process.env['EAZEWA_TEST_POSTGRES_URL'];
const folder = mkdtempSync(join(tmpdir(), 'eazewa-failures-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a full disk: nothing is confirmed or lost, and all goes on when there is space', async (t) => {
  const disk = smallDisk(t);
  if (disk === null) return;
  const world = await worldOf(t, join(disk, 'eazewa.db'), (env) =>
    startHere({ ...env, EAZEWA_DATA_DIR: disk }),
  );
  world.mark();
  const mend = fill(disk);
  await world.untilFenced(/^The store failed: the disk is full/);
  await mend();
  world.mark();
  await world.finish();
});

/** How the operating system refuses. */
const faults: readonly [string, (pid: number) => Promise<Mend | null> | Mend][] = [
  ['a file that may not grow', forbidWriting],
  ['EIO when the disk is synced', (pid) => failCalls(pid, 'fsync,fdatasync', 'EIO')],
  ['ENOSPC', (pid) => failCalls(pid, 'pwrite64', 'ENOSPC')],
  ['EROFS', (pid) => failCalls(pid, 'pwrite64', 'EROFS')],
];

test('a disk with faults: nothing is confirmed or lost, and all goes on when it works again', async (t) => {
  const dataDir = mkdtempSync(join(folder, 'faults-'));
  let pid = 0;
  const world = await worldOf(t, join(dataDir, 'eazewa.db'), async (env) => {
    const child = startGatewayChild({
      env: { ...env, EAZEWA_DATA_DIR: dataDir },
      storeLatencyMs: 0,
      kill: null,
      killSending: null,
      extraMigrations: 0,
      daysAhead: 0,
    });
    ({ pid } = child);
    const url = await child.up;
    const stop = async () => {
      child.terminate();
      await child.gone;
    };
    return { url, stop };
  });
  for (const [name, begin] of faults) {
    world.mark();
    const mend = await begin(pid);
    if (mend === null) {
      t.diagnostic(`${name}: left out, because strace is missing or may not look at another process`);
      continue;
    }
    const ids = await world.untilFenced(/^The store failed: the disk is full/);
    assert.deepEqual(
      ids.filter((id) => world.isConfirmed(id)),
      [],
      name,
    );
    await mend();
    world.mark();
    await world.recover();
  }
  await world.finish();
});

test(
  'PostgreSQL away for ten minutes, and slow: nothing is confirmed or lost, and all goes on when it is back',
  { skip: !postgres && 'EAZEWA_TEST_POSTGRES_URL is not set' },
  async (t) => {
    const proxy = await startTcpProxy(postgres ?? '');
    const { url, drop } = await temporarySchema(postgres ?? '');
    t.after(async () => {
      await proxy.close();
      await drop();
    });
    const clock = new LeapingClock();
    const env = {
      EAZEWA_DATA_DIR: mkdtempSync(join(folder, 'postgres-')),
      EAZEWA_DATABASE: proxy.through(url),
    };
    const world = await worldOf(
      t,
      url,
      (more) => startHere({ ...more, ...env }, { clock, openDatabase: openImpatiently }),
      clock,
    );
    t.after(() => proxy.become('works'));

    for (const weather of ['cut', 'swallows'] as const) {
      world.mark();
      proxy.become(weather);
      const ids = await world.untilFenced(/^The store failed: /);
      for (let minute = 0; minute < 10; minute++) clock.leap(60_000);
      assert.deepEqual(
        ids.filter((id) => world.isConfirmed(id)),
        [],
        weather,
      );
      proxy.become('works');
      world.mark();
      await world.recover();
    }

    proxy.answerAfter(100);
    for (let round = 0; round < 5; round++) await world.talk();
    await world.answer();
    await world.untilDelivered();
    proxy.answerAfter(0);
    await world.finish();
  },
);

test('a store that hangs: no lane goes on before its last answer is written down', async (t) => {
  const dataDir = mkdtempSync(join(folder, 'hangs-'));
  const stores: StalledDatabase[] = [];
  const world = await worldOf(t, join(dataDir, 'eazewa.db'), (env) =>
    startHere(
      { ...env, EAZEWA_DATA_DIR: dataDir },
      {
        async openDatabase(location) {
          const database = stalledDatabase(await openDatabase(location));
          stores.push(database);
          return database;
        },
      },
    ),
  );
  const [store] = stores;
  assert.ok(store);
  const before = messages(world).length;
  const answering = Promise.withResolvers<void>();
  world.receiver.answerWith(async ({ body }) => {
    if (body?.event === 'message') await answering.promise;
    return 200;
  });
  await world.talk();
  await world.talk();
  // Two in each of the four lanes, the first of each on its way.
  await until(async () => {
    const lists = await Promise.all(world.instances.map((instance) => instance.deliveries('message')));
    return lists.flat().filter(({ state }) => state === 'pending').length === 8;
  });
  await world.receiver.until(() => messages(world).length === before + 4);
  store.stall();
  answering.resolve();
  await until(() => store.waiting >= 4);
  const { status } = await world.api('GET', '/instances');
  assert.equal(status, 200);
  assert.equal(messages(world).length, before + 4);
  store.goOn();
  await world.finish();
});

test('the wall clock jumps by years, and the machine sleeps for an hour', async (t) => {
  const dataDir = mkdtempSync(join(folder, 'clock-'));
  const clock = new LeapingClock();
  let offsetMs = 0;
  const jumping: Clock = {
    now: () => clock.now() + offsetMs,
    monotonic: () => clock.monotonic(),
    after: (ms, callback) => clock.after(ms, callback),
  };
  const world = await worldOf(t, join(dataDir, 'eazewa.db'), (env) =>
    startHere({ ...env, EAZEWA_DATA_DIR: dataDir }, { clock: jumping }),
  );
  for (const years of [1, -1]) {
    offsetMs = years * 365 * 24 * 3_600_000;
    await world.recover();
  }

  const before = messages(world).length;
  const attempts = (least: number) =>
    messages(world)
      .slice(before)
      .flatMap(({ attempt }) => (attempt >= least ? [attempt] : []));
  world.receiver.answerWith(({ body }) => (body?.event === 'message' ? 'close' : 200));
  await world.talk();
  await world.receiver.until(() => attempts(1).length >= 4);
  clock.leap(3_600_000);
  await world.receiver.until(() => attempts(2).length >= 4);
  // What is due after an hour of gaps is due once.
  assert.ok(Math.max(...attempts(1)) <= 3);
  world.receiver.answerWith(() => 200);
  await world.finish();
});

function messages({ receiver }: StoreFailureWorld): ReceivedRequest[] {
  return receiver.requests.filter(({ body }) => body?.event === 'message');
}

/**
 * The store's own clock is the real one, and half a minute is too long for a test. A second is too short: a dozen
 * statements wait behind each other when each takes a tenth of a second, and that slow store is not a broken one.
 */
async function openImpatiently(location: string): Promise<Database> {
  const database = await openPostgres({ url: location, answerWithinMs: 5_000 });
  await migrate(database);
  return database;
}

async function startHere(env: Record<string, string>, parts: Partial<Parts> = {}): Promise<Running> {
  const gateway = await startGateway(readConfig(env), parts);
  return { url: gateway.url, stop: () => gateway.stop() };
}

async function worldOf(
  t: TestContext,
  location: string,
  start: (env: Record<string, string>) => Promise<Running>,
  clock?: LeapingClock,
): Promise<StoreFailureWorld> {
  const world = await StoreFailureWorld.start({ start, location, ...(clock === undefined ? {} : { clock }) });
  t.after(() => world.close());
  return world;
}
