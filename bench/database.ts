import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@eazewa/gateway/database/database';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import { sql } from '@eazewa/gateway/database/sql';

// What group commit is worth: units (an event of 1.7 KB and its delivery) per second, each one on disk before it
// counts, with 1, 100 and 1,000 of them asked for at the same time; and how long a read takes meanwhile.
// node bench/database.ts [postgres://…]

const body = new Uint8Array(1_700).fill(65);
let events = 0;

const folder = mkdtempSync(join(tmpdir(), 'eazewa-bench-'));
try {
  await measure('SQLite', await openDatabase(join(folder, 'bench.sqlite')));
  const url = process.argv[2];
  if (url) await measure('PostgreSQL', await openDatabase(url));
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(name: string, database: Database): Promise<void> {
  await commitUnits(database, 2_000, 100);
  let baseline = 0;
  for (const [atOnce, units] of [
    [1, 1_000],
    [100, 40_000],
    [1_000, 60_000],
  ] as const) {
    const { perSecond, reads } = await commitUnits(database, units, atOnce);
    baseline ||= perSecond;
    console.log(
      `${name}, ${atOnce} at once: ${perSecond.toFixed(0)} units/s, ${(perSecond / baseline).toFixed(1)} times one by one;`,
      `a read takes ${percentile(reads, 0.5)} ms, 1 in 100 ${percentile(reads, 0.99)} ms`,
    );
  }
  await database.close();
}

async function commitUnits(database: Database, units: number, atOnce: number) {
  let left = units;
  const start = performance.now();
  const reading = new AbortController();
  const reads = readUntil(database, reading.signal);
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await commitUnit(database);
    }),
  );
  const perSecond = (units / (performance.now() - start)) * 1_000;
  reading.abort();
  return { perSecond, reads: await reads };
}

function commitUnit(database: Database): Promise<unknown> {
  const id = `evt_${process.pid}_${++events}`;
  return database.commit([
    sql`insert into events (id, instance_id, name, body, recorded_at) values (${id}, ${1}, 'message', ${body}, ${events})`,
    sql`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at)
        values (${1}, ${1}, ${events % 300}, ${id}, 'pending', 0, ${events})`,
  ]);
}

async function readUntil(database: Database, signal: AbortSignal): Promise<number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    const id = `evt_${process.pid}_${Math.ceil(Math.random() * events)}`;
    await database.first(sql`select body from events where id = ${id}`);
    times.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times.toSorted((a, b) => a - b);
}

function percentile(times: readonly number[], part: number): string {
  return (times[Math.floor((times.length - 1) * part)] ?? 0).toFixed(1);
}
