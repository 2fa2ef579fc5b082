import type { Database } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { conditionsOf, type DeliveryFilter } from './delivery-filter.ts';
import { deliveryIds } from './delivery-ids.ts';
import type { AttemptRecord, DeliveryRecord, DeliveryState } from './delivery-record.ts';
import { readAttempts } from './read-attempts.ts';

export type { DeliveryFilter } from './delivery-filter.ts';
export type { AttemptRecord, DeliveryRecord, DeliveryState } from './delivery-record.ts';

export interface DeliveryPage extends DeliveryFilter {
  readonly limit: number;
  /** Only deliveries with a smaller id: `next` of the page before. */
  readonly before?: number | undefined;
}

export interface DeliveryList {
  readonly deliveries: readonly DeliveryRecord[];
  /** What `before` is for the next page; null when this one was the last. */
  readonly next: number | null;
}

/** Rows that one call looks at; a filter that lets few through gives a short page instead of a long wait. */
const lookedAtMax = 10_000;
const windowMax = 1000;

/** Deliveries of an instance with their attempts, newest first. A page may be short, or empty, and not be the last. */
export async function listDeliveries(db: Database, page: DeliveryPage): Promise<DeliveryList> {
  const idsBefore = await deliveryIds(db, page);
  const found: DeliveryRow[] = [];
  let before = page.before ?? Number.MAX_SAFE_INTEGER;
  let isLast = false;
  for (let looked = 0, window = Math.min(page.limit + 1, windowMax); ; window = windowMax) {
    const ids = await idsBefore(before, window);
    if (ids.length > 0) found.push(...(await db.all<DeliveryRow>(matching(ids, page))));
    before = ids.at(-1) ?? before;
    looked += ids.length;
    isLast = ids.length < window;
    if (isLast || found.length > page.limit || looked >= lookedAtMax) break;
  }
  const shown = found.slice(0, page.limit);
  const last = found.length > page.limit ? shown.at(-1)?.id : undefined;
  return { deliveries: await asRecords(db, shown), next: last ?? (isLast ? null : before) };
}

/** A delivery of an instance, and the request body that it has or had. */
export interface DeliveryWithBody {
  readonly delivery: DeliveryRecord;
  /** UTF-8 JSON, as it is sent. */
  readonly body: Uint8Array;
}

/** One delivery with all that is known of it; undefined when the instance has none of this id. */
export async function getDelivery(
  db: Database,
  instanceId: number,
  id: number,
): Promise<DeliveryWithBody | undefined> {
  const row = await db.first<DeliveryRow & { body: Uint8Array }>(
    sql`select ${columns}, case media when 'inline' then ${ownBody} else events.body end as body from deliveries join events on events.id = event_id
      where deliveries.id = ${id} and deliveries.instance_id = ${instanceId}`,
  );
  const [delivery] = row === undefined ? [] : await asRecords(db, [row]);
  return row && delivery && { delivery, body: row.body };
}

const ownBody = sql`(select body from delivery_bodies where delivery_id = deliveries.id)`;

/** Until its body is frozen, `body_bytes` is what it will be with the file; when it goes without, it counts on for that. */
const columns = sql`deliveries.id, webhook_id, event_id, events.name, events.chat_id, message_id, replay_id,
  case media when 'inline' then length(${ownBody}) when 'none' then length(events.body) else body_bytes end
    as body_bytes,
  state, reason, created_at, settled_at, attempts, status, response, duration_ms`;

function matching(ids: readonly number[], filter: DeliveryFilter): Statement {
  return sql`select ${columns} from deliveries join events on events.id = event_id
    where deliveries.id in (${join(ids)}) ${conditionsOf(filter)}
    order by deliveries.id desc`;
}

type DeliveryRow = {
  id: number;
  webhook_id: number;
  event_id: string;
  name: string;
  chat_id: number | null;
  message_id: string | null;
  replay_id: number | null;
  body_bytes: number;
  state: DeliveryState;
  reason: string | null;
  created_at: number;
  settled_at: number | null;
  attempts: number;
  status: number | null;
  response: Uint8Array | null;
  duration_ms: number | null;
};

async function asRecords(db: Database, rows: readonly DeliveryRow[]): Promise<DeliveryRecord[]> {
  const attempts = await readAttempts(db, rows);
  return rows.map((row) => asRecord(row, attempts.get(row.id) ?? []));
}

function asRecord(row: DeliveryRow, attemptLog: readonly AttemptRecord[]): DeliveryRecord {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    event: { id: row.event_id, name: row.name },
    chatId: row.chat_id,
    messageId: row.message_id,
    replayId: row.replay_id,
    bodyBytes: row.body_bytes,
    state: row.state,
    reason: row.reason,
    createdAt: row.created_at,
    settledAt: row.settled_at,
    attempts: row.attempts,
    attemptLog,
  };
}
