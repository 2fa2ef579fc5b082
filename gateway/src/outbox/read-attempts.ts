import type { Database } from '../database/database.ts';
import { join, sql } from '../database/sql.ts';
import type { AttemptRecord, DeliveryState } from './delivery-record.ts';
import { escapedResponse } from './escape-bytes.ts';

/** What a delivery's own row says of its attempts. */
export interface AnsweredRow {
  readonly id: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly status: number | null;
  readonly duration_ms: number | null;
  readonly settled_at: number | null;
  readonly response: Uint8Array | null;
}

/** The attempts of these deliveries by delivery, oldest first. */
export async function readAttempts(
  db: Database,
  deliveries: readonly AnsweredRow[],
): Promise<Map<number, readonly AttemptRecord[]>> {
  if (deliveries.length === 0) return new Map();
  const rows = await db.all<RunRow>(
    sql`select delivery_id, number, count, outcome, reason, phase, detail, status, response,
        first_at, last_at, duration_ms
      from attempts where delivery_id in (${join(deliveries.map(({ id }) => id))}) order by delivery_id, number`,
  );
  const runs = Map.groupBy(rows, (row) => row.delivery_id);
  return new Map(
    deliveries.map((row) => [row.id, [...(runs.get(row.id) ?? []).map(runOf), ...answeredOf(row)]]),
  );
}

type RunRow = {
  delivery_id: number;
  number: number;
  count: number;
  outcome: 'silence' | 'deferred';
  reason: string | null;
  phase: string | null;
  detail: string | null;
  status: number | null;
  response: Uint8Array | null;
  first_at: number;
  last_at: number;
  duration_ms: number;
};

function runOf({ number, count, outcome, reason, phase, detail, status, ...row }: RunRow): AttemptRecord {
  return {
    number,
    count,
    outcome,
    status,
    reason,
    phase,
    detail,
    response: row.response === null ? null : escapedResponse(row.response),
    firstAt: row.first_at,
    lastAt: row.last_at,
    durationMs: row.duration_ms,
  };
}

/** The attempt that was answered is part of the delivery's own row; it is the last one. */
function answeredOf({ state, attempts, status, ...row }: AnsweredRow): AttemptRecord[] {
  if (status === null || row.settled_at === null || (state !== 'delivered' && state !== 'rejected'))
    return [];
  return [
    {
      number: attempts,
      count: 1,
      outcome: state,
      status,
      reason: null,
      phase: null,
      detail: null,
      response: row.response === null ? null : escapedResponse(row.response),
      firstAt: row.settled_at,
      lastAt: row.settled_at,
      durationMs: row.duration_ms,
    },
  ];
}
