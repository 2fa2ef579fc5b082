import type { Database } from '../database/database.ts';
import { join, sql } from '../database/sql.ts';
import { asEnded, type Ended } from './delivery-store.ts';
import type { DropReason } from './outbox-store.ts';

/** A waiting delivery, as its webhook's quota sees it. */
export type WaitingDelivery = {
  readonly id: number;
  readonly lane: number;
  readonly bodyBytes: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
};

/** A place in the order of lanes, and of deliveries within one. */
export interface Place {
  readonly lane: number;
  readonly id: number;
}

/** The first place of all. */
export const firstPlace: Place = { lane: -Number.MAX_SAFE_INTEGER, id: 0 };

/** Whether deliveries of a webhook wait for their end, live ones or repeated ones. */
export async function hasWaiting(db: Database, webhookId: number): Promise<boolean> {
  const row = await db.first(
    sql`select id from deliveries where state = 'pending' and webhook_id = ${webhookId} limit 1`,
  );
  return row !== undefined;
}

/** The id of the delivery that was recorded last; 0 when there is none. Later ones have larger ids. */
export async function lastDeliveryId(db: Database): Promise<number> {
  const row = await db.first<{ id: number | null }>(sql`select max(id) as id from deliveries`);
  return row?.id ?? 0;
}

/** Waiting deliveries of a webhook behind a place and up to an id, in the order of their places. */
export function waitingPage(
  db: Database,
  { webhookId, after, upTo, limit }: { webhookId: number; after: Place; upTo: number; limit: number },
): Promise<WaitingDelivery[]> {
  return db.all<WaitingDelivery>(sql`
    select id, lane, body_bytes as "bodyBytes", created_at as "createdAt" from deliveries
    where state = 'pending' and webhook_id = ${webhookId}
      and (lane, id) > (${after.lane}, ${after.id}) and id <= ${upTo}
    order by lane, id limit ${limit}`);
}

/** Deliveries of one instance that are looked at in one query, whatever their state. */
const windowRows = 2000;

export interface OldestSelection {
  readonly instanceId: number;
  readonly webhookId: number;
  /** Nothing before this id waits: where the last search ended. */
  readonly from: number;
  readonly limit: number;
}

/**
 * The oldest waiting deliveries of a webhook, oldest first: some of them, but none only when nothing waits. It reads in
 * windows along the instance's deliveries, so each query is short; the search is over once something is found.
 */
export async function oldestWaiting(db: Database, selection: OldestSelection): Promise<WaitingDelivery[]> {
  const { instanceId, webhookId, limit } = selection;
  for (let from = selection.from; ;) {
    const window = sql`select id, webhook_id, state, lane, body_bytes, created_at from deliveries
      where instance_id = ${instanceId} and id >= ${from} order by id limit ${windowRows}`;
    const found = await db.all<WaitingDelivery>(sql`
      select id, lane, body_bytes as "bodyBytes", created_at as "createdAt" from (${window}) as part
      where webhook_id = ${webhookId} and state = 'pending' order by id limit ${limit}`);
    if (found.length > 0) return found;
    const end = await db.first<{ id: number | null; size: number }>(
      sql`select max(id) as id, count(*) as size from (${window}) as part`,
    );
    if (!end?.id || end.size < windowRows) return [];
    from = end.id + 1;
  }
}

/** Ends those of the deliveries that still wait, in one unit of work. */
export async function dropDeliveries(
  db: Database,
  ids: readonly number[],
  reason: DropReason,
  settledAt: number,
): Promise<Ended[]> {
  if (ids.length === 0) return [];
  const [rows = []] = await db.commit([
    sql`update deliveries set state = 'dropped', reason = ${reason}, settled_at = ${settledAt}
      where state = 'pending' and id in (${join(ids)}) returning id, webhook_id, lane, body_bytes`,
  ]);
  return rows.map(asEnded);
}
