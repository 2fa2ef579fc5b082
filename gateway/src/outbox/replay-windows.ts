import type { Database } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { conditionsOf, unusualState } from './delivery-filter.ts';
import { idsBetween } from './find-by-time.ts';
import type { Replay, ReplayBounds } from './replay.ts';

/** Rows that are looked at in one step, so that each step is short. */
export const windowMax = 1000;

export interface Place {
  readonly replay: Replay;
  readonly selection: ReplayBounds;
  readonly cursor: string;
  /** Names of the events that are wanted. */
  readonly names: readonly string[];
}

export interface Window {
  /** All ids that were looked at, oldest first. */
  readonly seen: readonly (string | number)[];
  readonly wanted: readonly (string | number)[];
}

/** Deliveries that were made with their events, in a state that is asked for. */
export async function deliveriesIn(db: Database, place: Place): Promise<Window> {
  const { instanceId, until } = place.replay;
  const { webhookId, states, sinceMs, untilMs } = place.selection;
  const unusual = states.includes('delivered') ? sql`` : sql`and ${unusualState}`;
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
export async function eventsIn(db: Database, { replay, selection, cursor, names }: Place): Promise<Window> {
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

async function idsOf(db: Database, query: Statement | null): Promise<(string | number)[]> {
  if (query === null) return [];
  const rows = await db.all<{ id: string | number }>(query);
  return rows.map(({ id }) => id);
}
