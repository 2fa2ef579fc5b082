import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { Replay } from './replay.ts';
import type { ReplayPage } from './replay-page.ts';

/** What a unit of a replay did; null when another one had been there before, or it was cancelled meanwhile. */
export interface MadeDeliveries {
  /** The webhook of each. */
  readonly webhookIds: readonly number[];
}

/**
 * Makes the deliveries of a page and moves the replay's cursor, in one unit that only counts where the cursor still is:
 * so a page is never made twice and never left out, wherever the process ends.
 */
export async function makeDeliveries(
  db: Database,
  { id, cursor }: Replay,
  page: ReplayPage,
  nowMs: number,
): Promise<MadeDeliveries | null> {
  const isHere = sql`exists (select 1 from replays where id = ${id} and state = 'running' and cursor = ${cursor})`;
  const { source } = page;
  const inserted =
    source === null
      ? []
      : [
          sql`insert into deliveries
              (instance_id, webhook_id, lane, event_id, state, attempts, created_at, body_bytes, message_id, media,
                replay_id)
            select instance_id, webhook_id, lane, event_id, 'pending', 0, cast(${nowMs} as bigint), body_bytes,
              message_id, media, cast(${id} as bigint)
            from (${source}) as source where ${isHere} order by place
            returning webhook_id`,
        ];
  const made = source === null ? sql`0` : sql`(select count(*) from (${source}) as source)`;
  const rows = await db.commit([
    ...inserted,
    sql`update replays set cursor = ${page.cursor}, made = made + ${made},
        state = ${page.isLast ? 'done' : 'running'}, ended_at = ${page.isLast ? nowMs : null}
      where id = ${id} and state = 'running' and cursor = ${cursor} returning id`,
  ]);
  if (rows.at(-1)?.length === 0) return null;
  return { webhookIds: source === null ? [] : (rows[0] ?? []).map((row) => Number(row['webhook_id'])) };
}

/** How many deliveries beside the live ones wait for a webhook, counted up to `max`. */
export async function countBeside(db: Database, webhookId: number, max: number): Promise<number> {
  const row = await db.first<{ waiting: number }>(sql`select count(*) as waiting from (
    select 1 from deliveries where state = 'pending' and webhook_id = ${webhookId} and lane < 0 limit ${max}) as part`);
  return row?.waiting ?? 0;
}
