import type { Database, Row } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import type {
  AttemptLog,
  AttemptRun,
  Delivery,
  DropSelection,
  OutboxStore,
  Settlement,
  Track,
  WaitingLane,
} from './outbox-store.ts';

/** Deliveries dropped in one unit of work. */
const dropsPerUnit = 500;

/** Runs of attempts kept per delivery; older ones live on in the count alone. */
const runsKept = 20;

/** A delivery that waited and does not any more. */
export interface Ended {
  readonly id: number;
  readonly webhookId: number;
  readonly lane: number;
  readonly bodyBytes: number;
}

/** The outbox in the database. `onEnded` hears of what does not wait any more, when that is on disk; of each once. */
export function createOutboxStore(
  db: Database,
  onEnded: (ended: readonly Ended[]) => void = () => undefined,
): OutboxStore {
  return {
    webhooksWaiting: (after, limit) => webhooksWaiting(db, after, limit),
    lanesWaiting: (webhookId, track, after, limit) => lanesWaiting(db, webhookId, track, after, limit),
    heads: (webhookId, lane, limit) => heads(db, webhookId, lane, limit),
    async settle(settlement, isAwaited) {
      const unit = [settlementOf(settlement), ...runsOf(settlement)];
      const [rows = []] = await db.commit(unit, { isAwaited: isAwaited ?? true });
      onEnded(rows.map(asEnded));
    },
    freeze: (deliveryId, body) => freeze(db, deliveryId, body),
    ownBody: (deliveryId) => ownBody(db, deliveryId),
    async logAttempts(log) {
      await db.commit([
        // Also of one that was dropped meanwhile: its log and its count say the same.
        sql`update deliveries set attempts = ${log.attempts}
          where id = ${log.deliveryId} and attempts < ${log.attempts}`,
        ...runsOf(log),
      ]);
    },
    async drop(selection) {
      const [rows = []] = await db.commit([dropSome(selection)]);
      // Some may have been recorded in the same batch: that they wait is told first.
      await new Promise(setImmediate);
      onEnded(rows.map(asEnded));
      return { count: rows.length, hasMore: rows.length === dropsPerUnit };
    },
  };
}

/** Skips from one webhook to the next in the index, so it costs one look-up per webhook whatever the backlog. */
async function webhooksWaiting(db: Database, after: number, limit: number): Promise<number[]> {
  const rows = await db.all<{ id: number }>(sql`
    with recursive waiting (id, place) as (
      select ${webhookAfter(sql`${after}`)}, 1
      union all
      select ${webhookAfter(sql`waiting.id`)}, place + 1 from waiting where id is not null and place < ${limit}
    )
    select id from waiting where id is not null order by id`);
  return rows.map((row) => row.id);
}

function webhookAfter(webhookId: Statement): Statement {
  return sql`(select min(webhook_id) from deliveries where state = 'pending' and webhook_id > ${webhookId})`;
}

/** The same skip from lane to lane: 2 ms for 1,000 lanes over a million rows, against 130 ms for `distinct`. */
async function lanesWaiting(
  db: Database,
  webhookId: number,
  track: Track,
  after: number | null,
  limit: number,
): Promise<WaitingLane[]> {
  const [before, end] = track === 'live' ? [-1, Number.MAX_SAFE_INTEGER] : [-Number.MAX_SAFE_INTEGER, 0];
  const next = (from: Statement) =>
    sql`(select min(lane) from deliveries
      where state = 'pending' and webhook_id = ${webhookId} and lane > ${from} and lane < ${end})`;
  const rows = await db.all<{ lane: number; head_id: number }>(sql`
    with recursive waiting (lane, place) as (
      select ${next(sql`${after ?? before}`)}, 1
      union all
      select ${next(sql`waiting.lane`)}, place + 1 from waiting where lane is not null and place < ${limit}
    )
    select lane, (
      select min(id) from deliveries
      where state = 'pending' and webhook_id = ${webhookId} and lane = waiting.lane
    ) as head_id
    from waiting where lane is not null order by lane`);
  return rows.map((row) => ({ lane: row.lane, headId: row.head_id }));
}

async function heads(db: Database, webhookId: number, lane: number, limit: number): Promise<Delivery[]> {
  const rows = await db.all<{
    id: number;
    event_id: string;
    name: string;
    body: Uint8Array;
    body_bytes: number;
    own_bytes: number | null;
    media: 'wanted' | 'inline' | 'none' | null;
    attempts: number;
    created_at: number;
    replay_id: number | null;
  }>(sql`
    select deliveries.id, event_id, name, body, body_bytes, media, attempts, created_at, replay_id,
      case when media = 'inline' then
        (select length(own.body) from delivery_bodies own where delivery_id = deliveries.id) end as own_bytes
    from deliveries join events on events.id = event_id
    where state = 'pending' and webhook_id = ${webhookId} and lane = ${lane}
    order by deliveries.id limit ${limit}`);
  return rows.map((row) => ({
    id: row.id,
    webhookId,
    lane,
    replayId: row.replay_id,
    eventId: row.event_id,
    eventName: row.name,
    body: row.body,
    media: row.media === 'none' ? null : row.media,
    requestBytes: row.own_bytes ?? row.body.length,
    bodyBytes: row.body_bytes,
    attempts: row.attempts,
    createdAt: row.created_at,
  }));
}

/** A body of its own may outlast a delivery that was dropped meanwhile; it is removed with it. */
async function freeze(db: Database, deliveryId: number, body: Uint8Array | null): Promise<void> {
  const own =
    body === null
      ? []
      : [
          sql`insert into delivery_bodies (delivery_id, body) values (${deliveryId}, ${body}) on conflict do nothing`,
        ];
  await db.commit([
    ...own,
    sql`update deliveries set media = ${body === null ? 'none' : 'inline'}
      where id = ${deliveryId} and state = 'pending' and media = 'wanted'`,
    // Its instance may have been deleted while the file was on its way.
    sql`delete from delivery_bodies where delivery_id = ${deliveryId}
      and not exists (select 1 from deliveries where id = ${deliveryId})`,
  ]);
}

async function ownBody(db: Database, deliveryId: number): Promise<Uint8Array | null> {
  const row = await db.first<{ body: Uint8Array }>(
    sql`select body from delivery_bodies where delivery_id = ${deliveryId}`,
  );
  return row?.body ?? null;
}

/** What a statement returns that ends deliveries, `returning id, webhook_id, lane, body_bytes`. */
export function asEnded(row: Row): Ended {
  return {
    id: Number(row['id']),
    webhookId: Number(row['webhook_id']),
    lane: Number(row['lane']),
    bodyBytes: Number(row['body_bytes']),
  };
}

/** How many deliveries wait, counted up to `max`. */
export async function countWaiting(db: Database, max: number): Promise<number> {
  const row = await db.first<{ waiting: number }>(sql`select count(*) as waiting from (
    select 1 from deliveries where state = 'pending' limit ${max}) as part`);
  return row?.waiting ?? 0;
}

function settlementOf(settlement: Settlement): Statement {
  const { deliveryId, state, reason, attempts, status, response, durationMs, settledAt } = settlement;
  return sql`update deliveries set state = ${state}, reason = ${reason}, attempts = ${attempts},
      status = ${status}, response = ${response}, duration_ms = ${durationMs}, settled_at = ${settledAt}
    where id = ${deliveryId} and state = 'pending' returning id, webhook_id, lane, body_bytes`;
}

function runsOf({ deliveryId, runs }: AttemptLog): Statement[] {
  if (runs.length === 0) return [];
  const oldest = sql`select number from attempts where delivery_id = ${deliveryId}
    order by number desc limit 1 offset ${runsKept}`;
  return [
    sql`insert into attempts
      (delivery_id, number, count, outcome, reason, phase, detail, status, response, first_at, last_at, duration_ms)
      values ${join(runs.map((run) => runRow(deliveryId, run)))}
      on conflict (delivery_id, number) do update
        set count = excluded.count, phase = excluded.phase, detail = excluded.detail, response = excluded.response,
          last_at = excluded.last_at, duration_ms = excluded.duration_ms`,
    sql`delete from attempts where delivery_id = ${deliveryId} and number <= (${oldest})`,
  ];
}

function runRow(deliveryId: number, run: AttemptRun): Statement {
  return sql`(${deliveryId}, ${run.number}, ${run.count}, ${run.outcome}, ${run.reason},
    ${run.phase}, ${run.detail}, ${run.status}, ${run.response},
    ${run.firstAt}, ${run.lastAt}, ${run.durationMs})`;
}

function dropSome({ webhookId, keepEvents, except, reason, settledAt }: DropSelection): Statement {
  const unwanted =
    keepEvents.length === 0
      ? sql``
      : sql`and (select name from events where events.id = event_id) not in (${join(keepEvents)})`;
  const untouched = except.length === 0 ? sql`` : sql`and id not in (${join(except)})`;
  return sql`update deliveries set state = 'dropped', reason = ${reason}, settled_at = ${settledAt}
    where state = 'pending' and id in (
      select id from deliveries
      where state = 'pending' and webhook_id = ${webhookId} ${unwanted} ${untouched} limit ${dropsPerUnit})
    returning id, webhook_id, lane, body_bytes`;
}
