import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { deliveryStates, type DeliveryState } from './delivery-record.ts';
import type { Replay, ReplayEndReason, ReplayReport, ReplaySelection } from './replay.ts';

/** Replays of one instance that may be under way at the same time. */
export const openMax = 20;

/** Deliveries of a cancelled replay that are dropped in one unit. */
const dropsPerUnit = 500;

/** Undefined when too many of the instance's replays are under way. */
export async function insertReplay(
  db: Database,
  replay: Pick<Replay, 'instanceId' | 'selection' | 'cursor' | 'until' | 'createdAt'>,
): Promise<number | undefined> {
  const { instanceId, selection, cursor, until, createdAt } = replay;
  const [rows] = await db.commit([
    sql`insert into replays (instance_id, selection, state, cursor, until, made, created_at)
      select cast(${instanceId} as bigint), cast(${JSON.stringify(selection)} as text), 'running',
        cast(${cursor} as text), cast(${until} as text), 0, cast(${createdAt} as bigint)
      where (select count(*) from replays where instance_id = ${instanceId} and ended_at is null) < ${openMax}
      returning id`,
  ]);
  return rows?.[0]?.['id'] as number | undefined;
}

export async function findReplay(db: Database, id: number): Promise<Replay | undefined> {
  const row = await db.first(sql`select * from replays where id = ${id}`);
  return row && asReplay(row);
}

/** Newest first. */
export async function listReplays(
  db: Database,
  { instanceId, limit, before }: { instanceId: number; limit: number; before?: number | undefined },
): Promise<Replay[]> {
  const rows = await db.all(sql`select * from replays
    where instance_id = ${instanceId} and id < ${before ?? Number.MAX_SAFE_INTEGER}
    order by id desc limit ${limit}`);
  return rows.map(asReplay);
}

/** All that something is still to be done for, oldest first. */
export async function openReplays(db: Database): Promise<number[]> {
  const rows = await db.all<{ id: number }>(sql`select id from replays where ended_at is null order by id`);
  return rows.map(({ id }) => id);
}

export async function reportOf(db: Database, replay: Replay): Promise<ReplayReport> {
  const rows = await db.all<{ state: DeliveryState; count: number }>(
    sql`select state, count(*) as count from deliveries where replay_id = ${replay.id} group by state`,
  );
  const counted = new Map(rows.map(({ state, count }) => [state, count]));
  const counts = Object.fromEntries(deliveryStates.map((state) => [state, counted.get(state) ?? 0]));
  return { replay, counts: counts as ReplayReport['counts'] };
}

/** Ends a running replay whose webhook takes nothing any more; what waits of it the scheduler drops. */
export async function endReplay(
  db: Database,
  id: number,
  reason: ReplayEndReason,
  nowMs: number,
): Promise<void> {
  await db.commit([
    sql`update replays set state = 'cancelled', reason = ${reason}, ended_at = ${nowMs}
      where id = ${id} and state = 'running'`,
  ]);
}

/** From then on it makes no more; what waits of it is to be dropped. Nothing changes when nothing waits any more. */
export async function cancelReplay(db: Database, id: number): Promise<void> {
  await db.commit([
    sql`update replays set state = 'cancelled', reason = 'replay_cancelled', ended_at = null
      where id = ${id} and (state = 'running' or (state = 'done' and exists (${waitingOf(id)})))`,
  ]);
}

/** Drops some of what waits of a cancelled replay; returns the webhook of each, none when nothing waited. */
export async function dropOfReplay(db: Database, id: number, nowMs: number): Promise<number[]> {
  const [rows = []] = await db.commit([
    sql`update deliveries set state = 'dropped', reason = 'replay_cancelled', settled_at = ${nowMs}
      where state = 'pending' and id in (${waitingOf(id)} order by id limit ${dropsPerUnit})
      returning webhook_id`,
  ]);
  return rows.map((row) => Number(row['webhook_id']));
}

/** The webhooks of what a replay made. */
export async function webhooksOfReplay(db: Database, id: number): Promise<number[]> {
  const rows = await db.all(sql`select distinct webhook_id from deliveries where replay_id = ${id}`);
  return rows.map((row) => Number(row['webhook_id']));
}

export async function markEnded(db: Database, id: number, nowMs: number): Promise<void> {
  await db.commit([sql`update replays set ended_at = ${nowMs} where id = ${id} and ended_at is null`]);
}

function waitingOf(id: number): Statement {
  return sql`select id from deliveries where replay_id = ${id} and state = 'pending'`;
}

function asReplay(row: Row): Replay {
  return {
    id: Number(row['id']),
    instanceId: Number(row['instance_id']),
    // What this store wrote itself, so its shape is known.
    selection: JSON.parse(String(row['selection'])) as ReplaySelection,
    state: row['state'] as Replay['state'],
    reason: row['reason'] as ReplayEndReason | null,
    cursor: String(row['cursor']),
    until: String(row['until']),
    made: Number(row['made']),
    createdAt: Number(row['created_at']),
    endedAt: row['ended_at'] as number | null,
  };
}
