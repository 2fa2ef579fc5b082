import type { EventName } from '@eazewa/sdk/events';
import type { Database } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { EventIds } from '../ids.ts';

export interface EventsPage {
  readonly instanceId: number;
  /** Only events with a greater id. Any text of the form of an id will do: ids are compared, not looked up. */
  readonly after: string;
  /** Only these; null for all. */
  readonly names: readonly EventName[] | null;
  /** At most so many events, and bytes of bodies; the first event comes however large it is. */
  readonly limit: number;
  readonly bytesMax: number;
}

export interface StoredEvent {
  readonly id: string;
  /** The request body of webhooks: UTF-8 JSON of an object. */
  readonly body: Uint8Array;
  readonly name: EventName;
  readonly recordedAt: number;
}

export interface FoundEvents {
  /** In the order of their commits. */
  readonly events: readonly StoredEvent[];
  /** What to go on after: the last event that was looked at, wanted or not. */
  readonly cursor: string;
  /** Whether there may be more now. */
  readonly hasMore: boolean;
}

/** Events that one page looks at, so that a filter that hardly anything passes costs no more than this. */
const lookedAtMax = 1000;

/** The events of an instance after a cursor, along their index, whether webhooks want them or not. */
export async function listEvents(db: Database, page: EventsPage): Promise<FoundEvents> {
  const seen = await db.all<{ id: string; name: EventName; bytes: number }>(sql`
    select id, name, length(body) as bytes from events
    where instance_id = ${page.instanceId} and id > ${page.after} order by id limit ${lookedAtOf(page)}`);
  const { wanted, cursor, isCut } = choose(seen, page);
  const events = wanted.length === 0 ? [] : await bodiesOf(db, page.instanceId, wanted);
  return { events, cursor, hasMore: isCut || seen.length === lookedAtOf(page) };
}

/** The oldest and the newest event that is kept of an instance; null when there is none. */
export async function eventRange(
  db: Database,
  instanceId: number,
): Promise<{ oldest: string | null; newest: string | null }> {
  const end = (of: Statement) => sql`(select ${of} from events where instance_id = ${instanceId})`;
  const row = await db.first<{ oldest: string | null; newest: string | null }>(
    sql`select ${end(sql`min(id)`)} as oldest, ${end(sql`max(id)`)} as newest`,
  );
  return { oldest: row?.oldest ?? null, newest: row?.newest ?? null };
}

/** Ids that go on after every stored one, also when the clock was set back since. */
export async function openEventIds(db: Database): Promise<EventIds> {
  const row = await db.first<{ id: string | null }>(sql`select max(id) as id from events`);
  return new EventIds(row?.id ?? null);
}

function lookedAtOf({ names, limit }: EventsPage): number {
  return names === null ? limit : lookedAtMax;
}

/** Which of the events go on the page: bodies are read only after that. */
function choose(
  seen: readonly { readonly id: string; readonly name: EventName; readonly bytes: number }[],
  { after, names, limit, bytesMax }: EventsPage,
): { wanted: readonly string[]; cursor: string; isCut: boolean } {
  const wanted: string[] = [];
  let bytes = 0;
  let cursor = after;
  for (const event of seen) {
    if (names === null || names.includes(event.name)) {
      bytes += event.bytes;
      if (wanted.length === limit || (wanted.length > 0 && bytes > bytesMax))
        return { wanted, cursor, isCut: true };
      wanted.push(event.id);
    }
    cursor = event.id;
  }
  return { wanted, cursor, isCut: false };
}

async function bodiesOf(db: Database, instanceId: number, ids: readonly string[]): Promise<StoredEvent[]> {
  const rows = await db.all<{ id: string; name: EventName; body: Uint8Array; recorded_at: number }>(
    sql`select id, name, body, recorded_at from events
      where instance_id = ${instanceId} and id in (${join(ids)}) order by id`,
  );
  return rows.map(({ id, name, body, recorded_at }) => ({ id, name, body, recordedAt: recorded_at }));
}
