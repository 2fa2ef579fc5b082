import type { Database, Row } from '../database/database.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { sql, type Statement } from '../database/sql.ts';

/** `waiting`: it is asked for; `resolved`: the content came after all; `lost`: nobody answered. */
export type PlaceholderState = 'waiting' | 'resolved' | 'lost';

/** A message that came without its content: it could not be decrypted, or WhatsApp kept it from linked devices. */
export interface Placeholder {
  readonly chatId: number;
  readonly messageId: string;
  readonly fromMe: boolean;
  /** The inbox row that came last for it. */
  readonly seq: number;
  /** Wire jids without device. */
  readonly chat: string;
  readonly sender: string;
  readonly reason: string;
  readonly state: PlaceholderState;
  /** How often the phone was asked for it, besides what Baileys asks by itself. */
  readonly asked: number;
  readonly receivedAt: number;
  readonly settledAt: number | null;
}

type Key = Pick<Placeholder, 'chatId' | 'messageId' | 'fromMe'>;

/** Notes a message without content. When it came before, again without, the earlier row gives way to this one. */
export function putPlaceholder(
  instanceId: number,
  placeholder: Omit<Placeholder, 'state' | 'asked' | 'settledAt'>,
): Statement[] {
  const { chatId, messageId, fromMe, seq, chat, sender, reason, receivedAt } = placeholder;
  return [
    endRowOf(instanceId, placeholder, `came again as ${seq}`),
    sql`insert into placeholders
      (instance_id, chat_id, message_id, from_me, seq, chat_jid, sender_jid, reason, state, asked, received_at)
      values (${instanceId}, ${chatId}, ${messageId}, ${Number(fromMe)}, ${seq}, ${chat}, ${sender}, ${reason},
        'waiting', 0, ${receivedAt})
      on conflict (instance_id, chat_id, message_id, from_me) do update set seq = excluded.seq, reason = excluded.reason`,
  ];
}

/** The content has come: neither the placeholder nor its row is a problem any more. */
export function resolvePlaceholder(instanceId: number, key: Key, nowMs: number): Statement[] {
  return [
    endRowOf(instanceId, key, 'its content came after all'),
    sql`update placeholders set state = 'resolved', settled_at = ${nowMs} where ${is(instanceId, key)}`,
  ];
}

/** The oldest that wait and that the phone was asked for fewer than `askedMax` times. */
export async function waitingPlaceholders(
  database: Database,
  instanceId: number,
  askedMax: number,
  limit: number,
): Promise<Placeholder[]> {
  const rows = await database.all(sql`select * from placeholders
    where instance_id = ${instanceId} and state = 'waiting' and asked < ${askedMax} order by received_at limit ${limit}`);
  return rows.map(toPlaceholder);
}

export function countAsked(instanceId: number, key: Key): Statement {
  return sql`update placeholders set asked = asked + 1 where ${is(instanceId, key)} and state = 'waiting'`;
}

/**
 * Gives up what nobody answers: asked for `askedMax` times, or older than the phone keeps such requests. `also` is
 * written in the same unit of work.
 */
export async function giveUpPlaceholders(
  database: Database,
  instanceId: number,
  limits: { readonly askedMax: number; readonly before: number; readonly nowMs: number },
  also: (lost: Placeholder) => Statement[] = () => [],
): Promise<Placeholder[]> {
  const rows = await database.all(sql`select * from placeholders
    where instance_id = ${instanceId} and state = 'waiting'
      and (asked >= ${limits.askedMax} or received_at < ${limits.before})`);
  const lost = rows.map(toPlaceholder);
  if (lost.length === 0) return [];
  await database.commit(
    lost.flatMap((placeholder) => [
      sql`update placeholders set state = 'lost', settled_at = ${limits.nowMs}
        where ${is(instanceId, placeholder)} and state = 'waiting'`,
      ...also(placeholder),
    ]),
  );
  return lost;
}

/** Those that are not resolved, newest first. */
export async function listPlaceholders(
  database: Database,
  instanceId: number,
  limit: number,
): Promise<Placeholder[]> {
  const rows = await database.all(sql`select * from placeholders
    where instance_id = ${instanceId} and state <> 'resolved' order by received_at desc, seq desc limit ${limit}`);
  return rows.map(toPlaceholder);
}

function is(instanceId: number, { chatId, messageId, fromMe }: Key): Statement {
  return sql`instance_id = ${instanceId} and chat_id = ${chatId} and message_id = ${messageId} and from_me = ${Number(fromMe)}`;
}

function endRowOf(instanceId: number, key: Key, note: string): Statement {
  return sql`update inbox set state = 'done', note = ${note} where instance_id = ${instanceId} and state = 'parked'
    and seq = (select seq from placeholders where ${is(instanceId, key)})`;
}

function toPlaceholder(row: Row): Placeholder {
  return {
    chatId: row['chat_id'] as number,
    messageId: row['message_id'] as string,
    fromMe: row['from_me'] === 1,
    seq: row['seq'] as number,
    chat: row['chat_jid'] as string,
    sender: row['sender_jid'] as string,
    reason: row['reason'] as string,
    state: row['state'] as PlaceholderState,
    asked: row['asked'] as number,
    receivedAt: row['received_at'] as number,
    settledAt: row['settled_at'] as number | null,
  };
}

/** Forgets placeholders that ended and came before the age; those that wait stay until they are given up. */
export function forgetOldPlaceholders(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, chat_id, message_id, from_me from placeholders
    where state <> 'waiting' and received_at < ${before} limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from placeholders where (instance_id, chat_id, message_id, from_me) in (${oldest}) returning message_id`,
  );
}
