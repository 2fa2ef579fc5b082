import type { Database } from '../database/database.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { sql } from '../database/sql.ts';

/**
 * Removes replays that were begun and have ended before the age, and of whose deliveries none waits any more. Yields how
 * many went, after each unit.
 */
export function forgetOldReplays(database: Database, { before }: Age): AsyncGenerator<number> {
  const old = sql`select id from replays where created_at < ${before} and ended_at < ${before}
    and not exists (select 1 from deliveries where replay_id = replays.id and state = 'pending')
    order by id limit ${rowsPerUnit}`;
  return deleteInUnits(database, sql`delete from replays where id in (${old}) returning id`);
}
