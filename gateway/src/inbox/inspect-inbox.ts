import type { Addresses } from '../chats/addresses.ts';
import type { Database, Row } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { contactId, isLid } from '../jid.ts';
import { listGaps, type Gap } from './gaps.ts';
import type { InboxKind } from './inbox-rows.ts';
import { listPlaceholders, type Placeholder } from './placeholders.ts';

/** What an inbox holds that is not, or was not, told. */
export interface InboxReport {
  /** Rows that the drain has not ended: they come next, or wait for what WhatsApp still owes. */
  readonly waiting: { readonly count: number; readonly oldestAt: number | null };
  /** The newest of the rows that nothing could be made of. */
  readonly parked: readonly ParkedRow[];
  /** Messages that came without their content and are not resolved, newest first. */
  readonly placeholders: readonly UnreadableMessage[];
  /** Where WhatsApp announced more than it delivered, newest first. */
  readonly gaps: readonly Gap[];
}

/** A placeholder with the contact ids that receivers know. */
export interface UnreadableMessage extends Placeholder {
  readonly chatContact: string;
  readonly senderContact: string;
}

export interface ParkedRow {
  readonly seq: number;
  readonly kind: InboxKind;
  readonly note: string;
  readonly receivedAt: number;
}

/** Looks at the inbox of an instance; each list has at most `limit` entries. */
export async function inspectInbox(
  database: Database,
  addresses: Addresses,
  instanceId: number,
  limit: number,
): Promise<InboxReport> {
  const [waiting, parked, placeholders, gaps] = await Promise.all([
    database.first<{ count: number; oldest_at: number | null }>(
      sql`select count(*) as count, min(received_at) as oldest_at from inbox
        where instance_id = ${instanceId}
          and (state = 'undecided' or state = 'decided' or state = 'undecryptable')`,
    ),
    database.all(sql`select seq, kind, note, received_at from inbox
      where instance_id = ${instanceId} and state = 'parked' order by seq desc limit ${limit}`),
    listPlaceholders(database, instanceId, limit),
    listGaps(database, instanceId, limit),
  ]);
  return {
    waiting: { count: waiting?.count ?? 0, oldestAt: waiting?.oldest_at ?? null },
    parked: parked.map(toParked),
    placeholders: await Promise.all(placeholders.map((each) => withContacts(each, addresses))),
    gaps,
  };
}

async function withContacts(placeholder: Placeholder, addresses: Addresses): Promise<UnreadableMessage> {
  const [chatContact, senderContact] = await Promise.all(
    [placeholder.chat, placeholder.sender].map((jid) => contactOf(jid, addresses)),
  );
  return { ...placeholder, chatContact: chatContact ?? '', senderContact: senderContact ?? '' };
}

/** By phone number where it is known. */
async function contactOf(jid: string, addresses: Addresses): Promise<string> {
  return contactId((isLid(jid) ? await addresses.otherForm(jid) : undefined) ?? jid);
}

function toParked(row: Row): ParkedRow {
  return {
    seq: row['seq'] as number,
    kind: row['kind'] as InboxKind,
    note: (row['note'] as string | null) ?? 'no reason given',
    receivedAt: row['received_at'] as number,
  };
}
