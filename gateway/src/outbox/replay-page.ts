import type { Database } from '../database/database.ts';
import { join, raw, sql, type Statement } from '../database/sql.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { conditionsOf } from './delivery-filter.ts';
import { idsBetween } from './find-by-time.ts';
import type { Replay, ReplayBounds, ReplaySelection } from './replay.ts';

/** The next part of a replay. */
export interface ReplayPage {
  /** Deliveries or events to make deliveries from, oldest first. */
  readonly source: Statement | null;
  /** To whom they go. */
  readonly webhookIds: readonly number[];
  /** Where the replay stands when they are made. */
  readonly cursor: string;
  readonly isLast: boolean;
}

/** Rows that are looked at for one page at most, so that a page which finds nothing ends too. */
const windowMax = 1000;
const windowsPerPage = 10;

/** A webhook that takes deliveries. */
export type Target = Webhook & { readonly url: string };

/**
 * What is made next: at most `room` deliveries. `targetOf` gives a webhook that takes any; what is owed to another is
 * passed over.
 */
export async function nextPage(
  db: Database,
  replay: Replay,
  room: number,
  targetOf: (webhookId: number) => Target | undefined,
): Promise<ReplayPage> {
  const { selection } = replay;
  if (selection.of === 'ids') return pageOfIds(db, replay, selection, room, targetOf);
  const target = targetOf(selection.webhookId);
  const nothing = { source: null, webhookIds: [] };
  if (!target) return { ...nothing, cursor: replay.cursor, isLast: true };
  const names = target.events.filter((name) => selection.events?.includes(name) ?? true);
  if (names.length === 0) return { ...nothing, cursor: replay.until, isLast: true };
  const find = selection.of === 'log' ? deliveriesIn : eventsIn;
  let cursor = replay.cursor;
  for (let windows = 0; windows < windowsPerPage; windows++) {
    const { seen, wanted } = await find(db, { replay, selection, cursor, names });
    const taken = wanted.slice(0, room);
    const isLast = seen.length < windowMax && taken.length === wanted.length;
    cursor = String((taken.length < wanted.length ? taken.at(-1) : seen.at(-1)) ?? cursor);
    if (taken.length > 0 || isLast)
      return { source: sourceOf(selection, target, taken), webhookIds: [target.id], cursor, isLast };
  }
  return { ...nothing, cursor, isLast: false };
}

async function pageOfIds(
  db: Database,
  { instanceId, cursor, until }: Replay,
  { deliveryIds }: Extract<ReplaySelection, { of: 'ids' }>,
  room: number,
  targetOf: (webhookId: number) => Target | undefined,
): Promise<ReplayPage> {
  const ids = deliveryIds.filter((id) => id > Number(cursor)).slice(0, room);
  const last = ids.at(-1);
  if (last === undefined) return { source: null, webhookIds: [], cursor: until, isLast: true };
  const rows = await db.all<{ id: number; webhook_id: number }>(sql`select id, webhook_id from deliveries
    where instance_id = ${instanceId} and id in (${join(ids)}) order by id`);
  const targets = [...new Set(rows.map((row) => row.webhook_id))].flatMap((id) => targetOf(id) ?? []);
  const taken = rows.filter((row) => targets.some(({ id }) => id === row.webhook_id)).map(({ id }) => id);
  const inOneLane = targets.filter(({ options }) => options.ordering === 'instance').map(({ id }) => id);
  const source = taken.length === 0 ? null : fromDeliveries(taken, inOneLane);
  return {
    source,
    webhookIds: targets.map(({ id }) => id),
    cursor: String(last),
    isLast: last >= Number(until),
  };
}

interface Place {
  readonly replay: Replay;
  readonly selection: ReplayBounds;
  readonly cursor: string;
  /** Names of the events that are wanted. */
  readonly names: readonly string[];
}

interface Window {
  /** All ids that were looked at, oldest first. */
  readonly seen: readonly (string | number)[];
  readonly wanted: readonly (string | number)[];
}

async function deliveriesIn(db: Database, place: Place): Promise<Window> {
  const { instanceId, until } = place.replay;
  const { webhookId, states, sinceMs, untilMs } = place.selection;
  // The partial index of what is looked for most; SQLite wants its condition word for word.
  const unusual = states.includes('delivered')
    ? sql``
    : raw(`and state in ('rejected', 'dropped', 'parked')`);
  const seen = await idsOf(
    db,
    sql`select id from deliveries where instance_id = ${instanceId} ${unusual}
      and id > ${Number(place.cursor)} and id <= ${Number(until)} order by id limit ${windowMax}`,
  );
  const filter = { instanceId, webhookId, states, events: place.names, sinceMs, untilMs };
  const wanted = await idsOf(
    db,
    seen.length === 0
      ? null
      : sql`select deliveries.id from deliveries join events on events.id = event_id
          where deliveries.id in (${join(seen)}) and replay_id is null
            ${conditionsOf({ ...filter, sinceMs: sinceMs ?? undefined, untilMs: untilMs ?? undefined })}
          order by deliveries.id`,
  );
  return { seen, wanted };
}

/** Events that the webhook has no delivery of, or one in a state that is asked for. */
async function eventsIn(db: Database, { replay, selection, cursor, names }: Place): Promise<Window> {
  const { instanceId, until } = replay;
  const seen = await idsOf(
    db,
    sql`select id from events where instance_id = ${instanceId} and id > ${cursor} and id <= ${until}
      order by id limit ${windowMax}`,
  );
  if (seen.length === 0) return { seen, wanted: [] };
  const events = await db.all<{ id: string; recorded_at: number }>(sql`select id, recorded_at from events
    where id in (${join(seen)}) and name in (${join(names)}) order by id`);
  const others = await otherwiseOwed(db, instanceId, selection, events);
  return { seen, wanted: events.map(({ id }) => id).filter((id) => !others.has(id)) };
}

/** Deliveries have no index by event; they were recorded at the time of their event. */
async function otherwiseOwed(
  db: Database,
  instanceId: number,
  { webhookId, states }: ReplayBounds,
  events: readonly { readonly id: string; readonly recorded_at: number }[],
): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const times = events.map((event) => event.recorded_at);
  const { first, last } = await idsBetween(db, Math.min(...times), Math.max(...times));
  const rows = await db.all<{ event_id: string }>(sql`select event_id from deliveries
    where instance_id = ${instanceId} and id >= ${first} and id <= ${last} and webhook_id = ${webhookId}
      and replay_id is null and state not in (${join(states)})
      and event_id in (${join(events.map(({ id }) => id))})`);
  return new Set(rows.map((row) => row.event_id));
}

function sourceOf(
  { of }: ReplaySelection,
  target: Target,
  taken: readonly (string | number)[],
): Statement | null {
  if (taken.length === 0) return null;
  const inOneLane = target.options.ordering === 'instance';
  if (of !== 'events') return fromDeliveries(taken, inOneLane ? [target.id] : []);
  return sql`select events.instance_id, cast(${target.id} as bigint) as webhook_id,
      -1 - ${inOneLane ? sql`0` : sql`coalesce(chat_id, 0)`} as lane, id as event_id, length(body) as body_bytes,
      cast(null as text) as message_id, id as place
    from events where id in (${join(taken)})`;
}

/** Their lane is beside the one that the event would have now. */
function fromDeliveries(ids: readonly (string | number)[], inOneLane: readonly number[]): Statement {
  const chat =
    inOneLane.length === 0
      ? sql`coalesce(chat_id, 0)`
      : sql`case when webhook_id in (${join(inOneLane)}) then 0 else coalesce(chat_id, 0) end`;
  return sql`select deliveries.instance_id, webhook_id, -1 - ${chat} as lane, event_id, length(body) as body_bytes,
      message_id, deliveries.id as place
    from deliveries join events on events.id = event_id where deliveries.id in (${join(ids)})`;
}

async function idsOf(db: Database, query: Statement | null): Promise<(string | number)[]> {
  if (query === null) return [];
  const rows = await db.all<{ id: string | number }>(query);
  return rows.map(({ id }) => id);
}
