import type { Database, Row } from '../database/database.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { sql, type Statement } from '../database/sql.ts';

/** What WhatsApp counts before it replays what it kept. */
export const gapKinds = ['message', 'receipt', 'notification', 'call'] as const;
export type GapKind = (typeof gapKinds)[number];

/** WhatsApp announced that it had kept so much, and delivered less. */
export interface Gap {
  readonly id: number;
  readonly kind: GapKind;
  readonly announced: number;
  readonly received: number;
  /** Messages that were found since, in the history that the phone sent. */
  readonly recovered: number;
  /** How often the phone was asked for its history because of it. */
  readonly asked: number;
  /** `closed` when as much was recovered as was missing. */
  readonly state: 'open' | 'closed';
  readonly detectedAt: number;
  readonly closedAt: number | null;
}

export function insertGap(
  instanceId: number,
  { kind, announced, received, detectedAt }: Pick<Gap, 'kind' | 'announced' | 'received' | 'detectedAt'>,
): Statement {
  return sql`insert into gaps
    (instance_id, kind, announced, received, recovered, asked, state, detected_at)
    values (${instanceId}, ${kind}, ${announced}, ${received}, 0, 0, 'open', ${detectedAt})`;
}

/** Counts messages that were found after all towards the oldest open gap, and closes it when nothing is missing. */
export function recoverMessages(instanceId: number, count: number, nowMs: number): Statement[] {
  const oldest = sql`(select min(id) from gaps
    where instance_id = ${instanceId} and state = 'open' and kind = 'message')`;
  return [
    sql`update gaps set recovered = recovered + ${count} where id = ${oldest}`,
    sql`update gaps set state = 'closed', closed_at = ${nowMs}
      where instance_id = ${instanceId} and state = 'open' and recovered >= announced - received`,
  ];
}

/** Open gaps of messages for which the phone was asked fewer than `askedMax` times. */
export async function openGaps(database: Database, instanceId: number, askedMax: number): Promise<Gap[]> {
  const rows = await database.all(sql`select * from gaps where instance_id = ${instanceId}
    and state = 'open' and kind = 'message' and asked < ${askedMax} order by id`);
  return rows.map(toGap);
}

export function countGapsAsked(instanceId: number): Statement {
  return sql`update gaps set asked = asked + 1
    where instance_id = ${instanceId} and state = 'open' and kind = 'message'`;
}

/** Newest first. */
export async function listGaps(database: Database, instanceId: number, limit: number): Promise<Gap[]> {
  const rows = await database.all(
    sql`select * from gaps where instance_id = ${instanceId} order by id desc limit ${limit}`,
  );
  return rows.map(toGap);
}

function toGap(row: Row): Gap {
  return {
    id: row['id'] as number,
    kind: row['kind'] as GapKind,
    announced: row['announced'] as number,
    received: row['received'] as number,
    recovered: row['recovered'] as number,
    asked: row['asked'] as number,
    state: row['state'] as Gap['state'],
    detectedAt: row['detected_at'] as number,
    closedAt: row['closed_at'] as number | null,
  };
}

/** Forgets gaps from before the age, also open ones: by then nobody can fill them. */
export function forgetOldGaps(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select id from gaps where detected_at < ${before} order by id limit ${rowsPerUnit}`;
  return deleteInUnits(database, sql`delete from gaps where id in (${oldest}) returning id`);
}
