import type { Database } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { fromDeliveries, sourceOf, type Target } from './replay-source.ts';
import { deliveriesIn, eventsIn, windowMax } from './replay-windows.ts';
import type { Replay, ReplaySelection } from './replay.ts';

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

/** Windows that are looked through for one page at most, so that a page which finds nothing ends too. */
const windowsPerPage = 10;

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
  const names = target.events.filter((name) => selection.events?.some((one) => one === name) ?? true);
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
  const source = taken.length === 0 ? null : fromDeliveries(taken, targets);
  return {
    source,
    webhookIds: targets.map(({ id }) => id),
    cursor: String(last),
    isLast: last >= Number(until),
  };
}
