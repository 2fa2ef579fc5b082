import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';

/** Commits do not wait for each other's clocks, so the times of deliveries grow with their ids only within this. */
const unorderedMs = 60_000;

/** Ids of deliveries; both ends belong to it. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The deliveries that were recorded in a time, as far as ids tell it: found in some thirty look-ups by the primary key,
 * so that no index of times is needed. It is a minute wider at both ends; whoever reads it compares the times as well.
 */
export async function idsBetween(
  db: Database,
  sinceMs: number | undefined,
  untilMs: number | undefined,
): Promise<IdRange> {
  const first = sinceMs === undefined ? 0 : await firstFrom(db, sinceMs - unorderedMs);
  const last = untilMs === undefined ? null : await firstFrom(db, untilMs + unorderedMs);
  return { first, last: last === null ? Number.MAX_SAFE_INTEGER : last - 1 };
}

/** The smallest id from which on all were recorded at `ms` or later; above all ids when none was. */
async function firstFrom(db: Database, ms: number): Promise<number> {
  const ends = await db.first<{ low: number | null; high: number | null }>(
    sql`select (select min(id) from deliveries) as low, (select max(id) from deliveries) as high`,
  );
  let low = ends?.low ?? 1;
  let end = (ends?.high ?? 0) + 1;
  while (low < end) {
    const middle = Math.floor((low + end) / 2);
    const row = await db.first<{ id: number; created_at: number }>(
      sql`select id, created_at from deliveries where id >= ${middle} order by id limit 1`,
    );
    if (row === undefined || row.created_at >= ms) end = middle;
    else low = row.id + 1;
  }
  return low;
}
