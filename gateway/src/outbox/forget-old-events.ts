import type { Database, Row } from '../database/database.ts';
import { deleteInUnits, oldPart, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { firstEventId } from '../ids.ts';

/**
 * Removes deliveries that were recorded before the age and are settled, with their attempts. What a webhook is still
 * owed stays, however old it is. Yields how many went, after each unit.
 */
export async function* forgetOldDeliveries(database: Database, age: Age): AsyncGenerator<number> {
  for (let after = 0; ;) {
    const window = await database.all<{ id: number; state: string; created_at: number }>(
      sql`select id, state, created_at from deliveries where id > ${after} order by id limit ${rowsPerUnit}`,
    );
    const old = oldPart(window, (row) => row.created_at, age);
    const last = old.at(-1);
    if (last === undefined) return;
    const count = old.filter((row) => row.state !== 'pending' && row.created_at < age.before).length;
    if (count > 0) await database.commit(removedDeliveries(after, last.id, age));
    yield count;
    if (old.length < rowsPerUnit) return;
    after = last.id;
  }
}

/** Removes what told events apart that were recorded before the age: a repetition of one is a new event from then on. */
export function forgetOldIdentities(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, identity from event_identities
    where recorded_at < ${before} order by recorded_at limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from event_identities where (instance_id, identity) in (${oldest}) returning event_id`,
  );
}

/** Owed events that are held in memory at a time; while they are read, twice as many. */
const owedMax = 50_000;

/**
 * Removes events that were recorded before the age and are owed to no webhook any more. Yields how many went, after each
 * unit. Call it after `forgetOldDeliveries`: a settled delivery whose event is gone is not listed.
 *
 * What is owed is read from the index of what waits, whatever any clock said: an event that is not owed when it is old
 * will be so only by a replay or a release, which are looked for once more while it is removed.
 */
export async function* forgetOldEvents(
  database: Database,
  age: Age,
  heldMax = owedMax,
): AsyncGenerator<number> {
  const end = await endOfOld(database, age);
  for (let from = ''; from < end;) {
    const { owed, until } = await owedEvents(database, from, end, heldMax);
    yield* removeEvents(database, from, until, owed);
    from = until;
  }
}

/**
 * What sorts after every event to be removed. Ids never go back: after a time in which the clock was ahead they are of a
 * later time than their events, and the recorded time says which of them are old.
 */
async function endOfOld(database: Database, age: Age): Promise<string> {
  let end = firstEventId(age.before);
  for (let after = end; ;) {
    const window = await database.all<{ id: string; recorded_at: number }>(
      sql`select id, recorded_at from events where id > ${after} order by id limit ${rowsPerUnit}`,
    );
    const old = oldPart(window, (row) => row.recorded_at, age);
    end = old.findLast((row) => row.recorded_at < age.before)?.id ?? end;
    if (old.length < rowsPerUnit) return end;
    after = old.at(-1)?.id ?? after;
  }
}

/** Which events after `from` and before `end` are owed; when there are too many, the oldest, which reach to `until`. */
async function owedEvents(database: Database, from: string, end: string, max: number) {
  let owed: string[] = [];
  let until = end;
  for await (const ids of waitingEvents(database)) {
    owed.push(...ids.filter((id) => id > from && id <= until));
    if (owed.length <= 2 * max) continue;
    owed = owed.toSorted(inOrder).slice(0, max);
    until = owed.at(-1) ?? end;
  }
  return { owed: new Set(owed), until };
}

/** The events of all waiting deliveries, page by page along their index. */
async function* waitingEvents(database: Database): AsyncGenerator<string[]> {
  let last: WaitingRow = { webhook_id: 0, lane: -1, id: 0, event_id: '' };
  for (;;) {
    const page: WaitingRow[] = await database.all(waitingAfter(last));
    yield page.map((row) => row.event_id);
    if (page.length < rowsPerUnit) return;
    last = page.at(-1) ?? last;
  }
}

/** The rest of the lane and the lanes behind it, apart: SQLite would look for all three at once from the lane's start. */
function waitingAfter({ webhook_id, lane, id }: WaitingRow): Statement {
  return sql`${waitingPage(sql`webhook_id = ${webhook_id} and lane = ${lane} and id > ${id}`)}
    union all ${waitingPage(sql`(webhook_id, lane) > (${webhook_id}, ${lane})`)}
    order by webhook_id, lane, id limit ${rowsPerUnit}`;
}

function waitingPage(place: Statement): Statement {
  return sql`select * from (
    select webhook_id, lane, id, event_id from deliveries where state = 'pending' and ${place}
    order by webhook_id, lane, id limit ${rowsPerUnit}) as part`;
}

interface WaitingRow extends Row {
  readonly webhook_id: number;
  readonly lane: number;
  readonly id: number;
  readonly event_id: string;
}

async function* removeEvents(
  database: Database,
  from: string,
  until: string,
  owed: ReadonlySet<string>,
): AsyncGenerator<number> {
  for (let after = from; ;) {
    const window = await database.all<{ id: string }>(sql`select id from events
      where id > ${after} and id <= ${until} order by id limit ${rowsPerUnit}`);
    const last = window.at(-1);
    if (last === undefined) return;
    const kept = window.filter(({ id }) => owed.has(id)).map(({ id }) => id);
    const count = window.length - kept.length;
    if (count > 0) await database.commit([removedEvents(after, last.id, kept)]);
    yield count;
    if (window.length < rowsPerUnit) return;
    after = last.id;
  }
}

function removedEvents(after: string, last: string, kept: readonly string[]): Statement {
  const except = kept.length === 0 ? sql`` : sql`and id not in (${join(kept)})`;
  return sql`delete from events where id > ${after} and id <= ${last} ${except} and not exists (
    select 1 from deliveries where lane < 0 and event_id = events.id and state = 'pending')`;
}

function removedDeliveries(after: number, last: number, { before }: Age): Statement[] {
  return [
    sql`delete from deliveries
      where id > ${after} and id <= ${last} and state <> 'pending' and created_at < ${before}`,
    sql`delete from delivery_bodies where delivery_id > ${after} and delivery_id <= ${last}
      and not exists (select 1 from deliveries where id = delivery_id)`,
    sql`delete from attempts where delivery_id > ${after} and delivery_id <= ${last}
      and not exists (select 1 from deliveries where id = delivery_id)`,
  ];
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : 1;
}
