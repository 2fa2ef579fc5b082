import type { Database, Row } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';

/**
 * What a row holds: a stanza that needs no key, a message, the server's ack of a message of ours, a change of the
 * connection, messages of a chat that the phone tells afterwards, messages of a chat from before the linking, a change of what
 * the own devices share.
 */
export const inboxKinds = ['stanza', 'message', 'sent', 'lifecycle', 'history', 'past', 'app-state'] as const;
export type InboxKind = (typeof inboxKinds)[number];

/**
 * Where a row is. `undecided`: a message not decrypted yet; `decided`: ready for the drain; `undecryptable`: a message
 * that will not be decrypted from this row, ready for the drain too, `note` says why; `done`: its events are recorded;
 * `parked`: nothing can be made of it, `note` says why.
 */
export type InboxState = 'undecided' | 'decided' | 'undecryptable' | 'done' | 'parked';

export interface InboxRecord {
  readonly seq: number;
  readonly kind: InboxKind;
  readonly state: InboxState;
  readonly stanza: Uint8Array | null;
  /** Sealed. */
  readonly plaintext: Uint8Array | null;
  readonly receivedAt: number;
  readonly note: string | null;
}

export interface NewInboxRecord extends Omit<InboxRecord, 'note'> {
  /** SHA-256 of a message's ciphertexts: a redelivery has the same. */
  readonly hash: Uint8Array | null;
}

export function insertRow(instanceId: number, row: NewInboxRecord): Statement {
  return sql`insert into inbox (instance_id, seq, kind, state, hash, stanza, plaintext, received_at)
    values (${instanceId}, ${row.seq}, ${row.kind}, ${row.state}, ${row.hash}, ${row.stanza}, ${row.plaintext}, ${row.receivedAt})`;
}

/** Keeps what is decrypted so far; `state` tells whether that is all, `hasOwnWork` whether Baileys has to act on it. */
export function decideRow(
  instanceId: number,
  seq: number,
  state: InboxState,
  plaintext: Uint8Array,
  hasOwnWork = false,
): Statement {
  return sql`update inbox set state = ${state}, plaintext = ${plaintext}, own_work = ${Number(hasOwnWork)}
    where instance_id = ${instanceId} and seq = ${seq}`;
}

/** The row is through, or goes on without content, for the reason in `note`; what it holds stays for a redelivery. */
export function endRow(
  instanceId: number,
  seq: number,
  state: 'done' | 'parked' | 'undecryptable',
  note: string | null,
): Statement {
  return sql`update inbox set state = ${state}, note = ${note} where instance_id = ${instanceId} and seq = ${seq}`;
}

/** What a parked row says is told after all, by another one. */
export function unparkRow(instanceId: number, seq: number): Statement {
  return sql`update inbox set state = 'done', note = 'told when its message came'
    where instance_id = ${instanceId} and seq = ${seq} and state = 'parked'`;
}

/** Other rows of the same ciphertexts end as redeliveries of `seq`: a message that came several times is decided once. */
export function endRedeliveries(instanceId: number, seq: number, hash: Uint8Array): Statement {
  return sql`update inbox set state = 'done', note = ${`redelivery of ${seq}`}
    where instance_id = ${instanceId} and hash = ${hash} and seq <> ${seq} and state = 'undecided'`;
}

/** These ciphertexts cannot be decrypted: every row that waits for them goes on without content. */
export function giveUpDecryption(instanceId: number, hash: Uint8Array, note: string): Statement {
  return sql`update inbox set state = 'undecryptable', note = ${note}
    where instance_id = ${instanceId} and hash = ${hash} and state = 'undecided'`;
}

/** What Baileys had to do for the row is done. */
export function endOwnWork(instanceId: number, seq: number): Statement {
  return sql`update inbox set own_work = 0 where instance_id = ${instanceId} and seq = ${seq}`;
}

/**
 * Forgets the content of messages from `from` to `to`, whose receipts have left. Those that the drain has not ended or that
 * Baileys has not done its work for keep it.
 */
export function dropContent(instanceId: number, from: number, to: number): Statement {
  return sql`update inbox set stanza = null, plaintext = null
    where instance_id = ${instanceId} and seq >= ${from} and seq <= ${to} and state = 'done' and own_work = 0`;
}

/** For rows that cannot be redelivered under the same hash: once they are through, nobody needs them. */
export function deleteRow(instanceId: number, seq: number): Statement {
  return sql`delete from inbox where instance_id = ${instanceId} and seq = ${seq}`;
}

/** Rows that the drain has not ended, after `seq`, in wire order; those of the past, of which nobody waits, without content. */
export async function openRows(
  database: Database,
  instanceId: number,
  seq: number,
  limit: number,
): Promise<InboxRecord[]> {
  const rows = await database.all(sql`select seq, kind, state, received_at, note,
      case when kind = 'past' then null else stanza end as stanza,
      case when kind = 'past' then null else plaintext end as plaintext
    from inbox where instance_id = ${instanceId} and seq > ${seq}
      and (state = 'undecided' or state = 'decided' or state = 'undecryptable')
    order by seq limit ${limit}`);
  return rows.map(toRecord);
}

/** Those of these rows that are ready for the drain, with what they hold, in wire order. */
export async function openRowsOf(
  database: Database,
  instanceId: number,
  seqs: readonly number[],
): Promise<InboxRecord[]> {
  const rows = await database.all(sql`select seq, kind, state, stanza, plaintext, received_at, note from inbox
    where instance_id = ${instanceId} and seq in (${join(seqs)}) and state = 'decided' order by seq`);
  return rows.map(toRecord);
}

export interface KnownCiphertext {
  readonly seq: number;
  readonly state: InboxState;
  readonly plaintext: Uint8Array | null;
}

/** The row that stands for these ciphertexts: the first that came before `beforeSeq` and was not given up. */
export async function findByHash(
  database: Database,
  instanceId: number,
  hash: Uint8Array,
  beforeSeq: number,
): Promise<KnownCiphertext | undefined> {
  return database.first<KnownCiphertext & Row>(sql`select seq, state, plaintext from inbox
    where instance_id = ${instanceId} and hash = ${hash} and seq < ${beforeSeq}
      and state not in ('parked', 'undecryptable') order by seq limit 1`);
}

/** Messages that an earlier connection received and did not decrypt: WhatsApp still owes them. */
export async function undecidedRows(
  database: Database,
  instanceId: number,
): Promise<{ seq: number; hash: string }[]> {
  const rows = await database.all<{ seq: number; hash: Uint8Array }>(
    sql`select seq, hash from inbox where instance_id = ${instanceId} and state = 'undecided' order by seq`,
  );
  return rows.map(({ seq, hash }) => ({ seq, hash: Buffer.from(hash).toString('hex') }));
}

/** A row that Baileys has not done its work for. */
export interface OwnWork {
  readonly seq: number;
  readonly stanza: Uint8Array;
  /** Sealed. */
  readonly plaintext: Uint8Array;
}

/** What an earlier connection did not get done, in wire order. */
export async function pendingOwnWork(database: Database, instanceId: number): Promise<OwnWork[]> {
  return database.all<{ seq: number; stanza: Uint8Array; plaintext: Uint8Array }>(
    sql`select seq, stanza, plaintext from inbox where instance_id = ${instanceId} and own_work = 1
      and stanza is not null and plaintext is not null order by seq`,
  );
}

/** The highest sequence number of the rows that are kept; 0 when there is none. New rows come after all of them. */
export async function lastSeq(database: Database, instanceId: number): Promise<number> {
  const row = await database.first<{ seq: number | null }>(
    sql`select max(seq) as seq from inbox where instance_id = ${instanceId}`,
  );
  return row?.seq ?? 0;
}

function toRecord(row: Row): InboxRecord {
  return {
    seq: row['seq'] as number,
    kind: row['kind'] as InboxKind,
    state: row['state'] as InboxState,
    stanza: row['stanza'] as Uint8Array | null,
    plaintext: row['plaintext'] as Uint8Array | null,
    receivedAt: row['received_at'] as number,
    note: row['note'] as string | null,
  };
}
