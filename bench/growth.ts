import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@eazewa/gateway/database/database';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import { raw } from '@eazewa/gateway/database/sql';
import { FakeClock } from '@eazewa/gateway/testing/fake-clock';
import { createLog } from '@eazewa/gateway/log';
import { retentionRules } from '@eazewa/gateway/retention/rules';
import { Sweeper } from '@eazewa/gateway/retention/sweeper';
import { SteadyLoad, tables } from '@eazewa/gateway/retention/testing/steady-load';
import { formatTable } from './support/table.ts';

export interface GrowthOptions {
  readonly days?: number;
  /** Days between two readings. */
  readonly everyDays?: number;
  readonly messagesPerDay?: number;
}

interface Reading {
  readonly day: number;
  readonly rows: Readonly<Record<string, number>>;
  readonly fileMb: number;
}

const defaults = { keepInboxDays: 30, keepEventsDays: 30, keepMessagesDays: 90, keepOutgoingDays: 30 };

/** Does the database stop growing under a load that never changes? */
export async function runGrowth({
  days = 130,
  everyDays = 10,
  messagesPerDay = 100,
}: GrowthOptions): Promise<void> {
  const options = { days, everyDays, messagesPerDay };
  const kept = await grow({ ...options, isSwept: true });
  const forEver = await grow({ ...options, isSwept: false });
  const rowsOf = ({ day, rows, fileMb }: Reading) => [
    day,
    ...tables.map((table) => rows[table] ?? 0),
    fileMb.toFixed(1),
    (forEver.find((reading) => reading.day === day)?.fileMb ?? 0).toFixed(1),
  ];
  console.log(
    formatTable(
      ['day', ...tables, 'MB', 'MB for ever'],
      kept.map((reading) => rowsOf(reading)),
    ),
  );
  const fileMb = (kept.at(-1)?.fileMb ?? 0) / (forEver.at(-1)?.fileMb ?? 1);
  const figures = { load: options, kept, forEver, ratios: { fileMb: Number(fileMb.toFixed(2)) } };
  console.log(JSON.stringify({ benchmark: 'growth', ...figures }));
}

async function grow(options: Required<GrowthOptions> & { readonly isSwept: boolean }): Promise<Reading[]> {
  const folder = mkdtempSync(join(tmpdir(), 'eazewa-growth-'));
  const database = await openDatabase(join(folder, 'growth.sqlite'));
  try {
    const clock = new FakeClock();
    const load = new SteadyLoad(database, clock, options.messagesPerDay);
    const sweeper = new Sweeper({
      rules: options.isSwept ? retentionRules(database, defaults) : [],
      clock,
      log: createLog('silent'),
    });
    const readings: Reading[] = [];
    for (let day = 1; day <= options.days; day++) {
      await load.day();
      await sweeper.sweep();
      if (day % options.everyDays === 0) readings.push(await readingOf(database, day));
    }
    return readings;
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
}

async function readingOf(database: Database, day: number): Promise<Reading> {
  const rows: Record<string, number> = {};
  for (const table of tables) rows[table] = await numberOf(database, `select count(*) as n from ${table}`);
  const bytes = await numberOf(
    database,
    'select page_count * page_size as n from pragma_page_count(), pragma_page_size()',
  );
  return { day, rows, fileMb: Math.round(bytes / 1e4) / 100 };
}

async function numberOf(database: Database, query: string): Promise<number> {
  const [row] = await database.all<{ n: number }>(raw(query));
  return row?.n ?? 0;
}
