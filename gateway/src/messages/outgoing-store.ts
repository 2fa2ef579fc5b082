import type { Database, Row } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type Statement } from '../database/sql.ts';

/** `pending` until WhatsApp's server took it or refused it. */
export type OutgoingState = 'pending' | 'sent' | 'failed';

/** A message that a program asked us to send, stored before anything leaves. */
export interface Outgoing {
  readonly id: string;
  /** Wire jid of the chat. */
  readonly to: string;
  /** The sealed protobuf. */
  readonly content: Uint8Array;
  readonly state: OutgoingState;
  /** Why it failed: the server's error code, or ours in words. */
  readonly error: string | null;
  readonly createdAt: number;
}

export function insertOutgoing(
  instanceId: number,
  message: Omit<Outgoing, 'state' | 'error'>,
  idempotencyKey: string | null,
): Statement {
  return sql`insert into outgoing (instance_id, message_id, chat_jid, content, state, created_at, idempotency_key)
    values (${instanceId}, ${message.id}, ${message.to}, ${message.content}, 'pending', ${message.createdAt}, ${idempotencyKey})`;
}

export function settleOutgoing(
  instanceId: number,
  messageId: string,
  state: 'sent' | 'failed',
  error: string | null,
  nowMs: number,
): Statement {
  return sql`update outgoing set state = ${state}, error = ${error}, settled_at = ${nowMs}
    where instance_id = ${instanceId} and message_id = ${messageId} and state = 'pending'`;
}

/** What was on its way is never sent from another number: it failed when this one was unlinked. */
export function failPending(instanceId: number, error: string, nowMs: number): Statement {
  return sql`update outgoing set state = 'failed', error = ${error}, settled_at = ${nowMs}
    where instance_id = ${instanceId} and state = 'pending'`;
}

export async function findOutgoing(
  database: Database,
  instanceId: number,
  messageId: string,
): Promise<Outgoing | undefined> {
  return toOutgoing(
    await database.first(
      sql`select * from outgoing where instance_id = ${instanceId} and message_id = ${messageId}`,
    ),
  );
}

/** Those of these ids that there are. Ids are printable ASCII. */
export async function findAllOutgoing(
  database: Database,
  instanceId: number,
  messageIds: readonly string[],
): Promise<Outgoing[]> {
  const found: Outgoing[] = [];
  for (const asked of inParts(messageIds, idsPerQuery)) {
    const rows = await database.all(
      sql`select * from outgoing where instance_id = ${instanceId} and message_id in (${join(asked)})`,
    );
    found.push(...rows.flatMap((row) => toOutgoing(row) ?? []));
  }
  return found;
}

const idsPerQuery = 1000;

export async function findOutgoingByKey(
  database: Database,
  instanceId: number,
  key: string,
): Promise<Outgoing | undefined> {
  return toOutgoing(
    await database.first(
      sql`select * from outgoing where instance_id = ${instanceId} and idempotency_key = ${key}`,
    ),
  );
}

/** What WhatsApp has not answered yet, oldest first. */
export async function pendingOutgoing(database: Database, instanceId: number): Promise<Outgoing[]> {
  const rows = await database.all(
    sql`select * from outgoing where instance_id = ${instanceId} and state = 'pending' order by created_at, message_id`,
  );
  return rows.flatMap((row) => toOutgoing(row) ?? []);
}

function toOutgoing(row: Row | undefined): Outgoing | undefined {
  if (row === undefined) return undefined;
  return {
    id: row['message_id'] as string,
    to: row['chat_jid'] as string,
    content: row['content'] as Uint8Array,
    state: row['state'] as OutgoingState,
    error: row['error'] as string | null,
    createdAt: row['created_at'] as number,
  };
}

/** Removes what was settled before the age; what is pending stays, however old it is. */
export function forgetOldOutgoing(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, message_id from outgoing
    where settled_at is not null and settled_at < ${before} order by settled_at limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from outgoing where (instance_id, message_id) in (${oldest}) and state <> 'pending'
      returning message_id`,
  );
}
