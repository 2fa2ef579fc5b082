import type { Database } from '../database/database.ts';
import { join, sql } from '../database/sql.ts';

export interface DeliveryPage {
  readonly instanceId: number;
  readonly limit: number;
  /** Only deliveries with a smaller id: the last one of the page before. */
  readonly before?: number | undefined;
}

export type DeliveryState = 'pending' | 'delivered' | 'rejected' | 'dropped' | 'parked';

/** A delivery as people look at it. */
export interface DeliveryRecord {
  readonly id: number;
  readonly webhookId: number;
  readonly event: { readonly id: string; readonly name: string };
  readonly state: DeliveryState;
  /** Why it was rejected, dropped or parked; null otherwise. */
  readonly reason: string | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** How many attempts were made in all. */
  readonly attempts: number;
  /** The attempts, oldest first. Only the last 20 runs of unanswered ones are kept. */
  readonly attemptLog: readonly AttemptRecord[];
}

/** One attempt, or several of the same outcome in a row. */
export interface AttemptRecord {
  /** The first one's number, counted from 1. */
  readonly number: number;
  readonly count: number;
  readonly outcome: 'silence' | 'deferred' | 'delivered' | 'rejected';
  /** The response's status; null for silence. */
  readonly status: number | null;
  /** Why there was silence; null for a response. */
  readonly reason: string | null;
  readonly firstAt: number;
  readonly lastAt: number;
  /** How long the last one took; null when that is not known. */
  readonly durationMs: number | null;
}

/** Deliveries of an instance with their attempts, newest first. */
export async function listDeliveries(db: Database, page: DeliveryPage): Promise<DeliveryRecord[]> {
  const rows = await db.all<DeliveryRow>(sql`
    select deliveries.id, webhook_id, event_id, events.name, state, reason, created_at, settled_at, attempts,
      status, duration_ms
    from deliveries join events on events.id = event_id
    where deliveries.instance_id = ${page.instanceId}
      ${page.before === undefined ? sql`` : sql`and deliveries.id < ${page.before}`}
    order by deliveries.id desc limit ${page.limit}`);
  const runs = await runsByDelivery(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => asRecord(row, runs.get(row.id) ?? []));
}

type DeliveryRow = {
  id: number;
  webhook_id: number;
  event_id: string;
  name: string;
  state: DeliveryState;
  reason: string | null;
  created_at: number;
  settled_at: number | null;
  attempts: number;
  status: number | null;
  duration_ms: number | null;
};

type RunRow = {
  delivery_id: number;
  number: number;
  count: number;
  outcome: 'silence';
  reason: string | null;
  first_at: number;
  last_at: number;
  duration_ms: number;
};

async function runsByDelivery(db: Database, ids: readonly number[]): Promise<Map<number, AttemptRecord[]>> {
  const byDelivery = new Map<number, AttemptRecord[]>();
  if (ids.length === 0) return byDelivery;
  const rows = await db.all<RunRow>(
    sql`select delivery_id, number, count, outcome, reason, first_at, last_at, duration_ms
      from attempts where delivery_id in (${join(ids)}) order by delivery_id, number`,
  );
  for (const row of rows) {
    const runs = byDelivery.get(row.delivery_id) ?? [];
    byDelivery.set(row.delivery_id, runs);
    runs.push({
      number: row.number,
      count: row.count,
      outcome: row.outcome,
      status: null,
      reason: row.reason,
      firstAt: row.first_at,
      lastAt: row.last_at,
      durationMs: row.duration_ms,
    });
  }
  return byDelivery;
}

/** The attempt that was answered is part of the delivery's own row; it is the last one. */
function asRecord(row: DeliveryRow, runs: AttemptRecord[]): DeliveryRecord {
  const { id, state, reason, attempts, status } = row;
  const answered: AttemptRecord[] =
    status === null || row.settled_at === null || (state !== 'delivered' && state !== 'rejected')
      ? []
      : [
          {
            number: attempts,
            count: 1,
            outcome: state,
            status,
            reason: null,
            firstAt: row.settled_at,
            lastAt: row.settled_at,
            durationMs: row.duration_ms,
          },
        ];
  return {
    id,
    webhookId: row.webhook_id,
    event: { id: row.event_id, name: row.name },
    state,
    reason,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    attempts,
    attemptLog: [...runs, ...answered],
  };
}
