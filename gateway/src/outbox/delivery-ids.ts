import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { unusualState, unusualStates, type DeliveryFilter } from './delivery-filter.ts';
import { deliveryStates, type DeliveryState } from './delivery-record.ts';
import { idsBetween, type IdRange } from './find-by-time.ts';

/** Gives the ids below `before`, newest first: a part of an instance's deliveries that holds all that are wanted. */
export type DeliveryIds = (before: number, count: number) => Promise<readonly number[]>;

/** So many waiting deliveries are looked through by their own index; of more the newest are soon found by any. */
const waitingMax = 2000;

/** Finds the index that leads past most of what is not wanted. */
export async function deliveryIds(db: Database, filter: DeliveryFilter): Promise<DeliveryIds> {
  const range = await idsBetween(db, filter.sinceMs, filter.untilMs);
  const { messageId, replayId, states = deliveryStates } = filter;
  if (messageId !== undefined) return by(db, range, (part) => idsOfMessage(filter, messageId, part));
  if (replayId !== undefined) return by(db, range, (part) => idsOfReplay(replayId, states, part));
  if (states.every(isUnusual)) return by(db, range, (part) => unusualIds(filter, part));
  const waiting = states.every((state) => state === 'pending') ? await waitingIds(db, filter) : null;
  if (waiting !== null) return async (before, count) => waiting.filter((id) => id < before).slice(0, count);
  return by(db, range, (part) => allIds(filter, part));
}

/** Of the ids from `first` to below `before` the newest. */
interface Part {
  readonly first: number;
  readonly before: number;
  readonly count: number;
}

function by(db: Database, { first, last }: IdRange, idsIn: (part: Part) => Statement): DeliveryIds {
  return async (before, count) => {
    const rows = await db.all<{ id: number }>(idsIn({ first, before: Math.min(before, last + 1), count }));
    return rows.map(({ id }) => id);
  };
}

export function allIds({ instanceId }: DeliveryFilter, part: Part): Statement {
  return sql`select id from deliveries where instance_id = ${instanceId} and ${newest(part)}`;
}

export function idsOfMessage({ instanceId }: DeliveryFilter, messageId: string, part: Part): Statement {
  return sql`select id from deliveries
    where instance_id = ${instanceId} and message_id = ${messageId} and ${newest(part)}`;
}

/** The index has them by state, each of them in order. */
export function idsOfReplay(replayId: number, states: readonly DeliveryState[], part: Part): Statement {
  const parts = states.map(
    (state) => sql`select * from (select id from deliveries
      where replay_id = ${replayId} and state = ${state} and ${newest(part)}) as part`,
  );
  return sql`${parts.reduce((one, other) => sql`${one} union all ${other}`)}
    order by id desc limit ${part.count}`;
}

export function unusualIds({ instanceId }: DeliveryFilter, part: Part): Statement {
  return sql`select id from deliveries
    where ${unusualState} and instance_id = ${instanceId} and ${newest(part)}`;
}

/** All that wait, newest first; null when they are more than can be sorted for each page. */
async function waitingIds(db: Database, filter: DeliveryFilter): Promise<readonly number[] | null> {
  const rows = await db.all<{ id: number }>(waitingOf(filter));
  return rows.length > waitingMax ? null : rows.map(({ id }) => id).toSorted((one, other) => other - one);
}

export function waitingOf({ instanceId, webhookId }: DeliveryFilter): Statement {
  const webhooks =
    webhookId === undefined
      ? sql`in (select id from webhooks where instance_id = ${instanceId})`
      : sql`= ${webhookId}`;
  return sql`select id from deliveries where state = 'pending' and webhook_id ${webhooks} limit ${waitingMax + 1}`;
}

function newest({ first, before, count }: Part): Statement {
  return sql`id >= ${first} and id < ${before} order by id desc limit ${count}`;
}

function isUnusual(state: DeliveryState): boolean {
  return unusualStates.includes(state);
}
