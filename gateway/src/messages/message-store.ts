import type { MessageData, MessageId } from '@eazewa/sdk/events';
import type { Database, Row } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type SqlValue, type Statement } from '../database/sql.ts';
import { isStorable } from '../database/values.ts';
import type { StoredMessage } from '../events/translation.ts';
import { decodeMessage, encodeMessage } from './message-body.ts';

/** What is known of the messages of one instance: what acks and later events speak of. */
export class MessageStore {
  readonly #database: Database;
  readonly #instanceId: number;
  /** The messages of late, also those whose write is still on its way. */
  readonly #recent = new Map<string, StoredMessage>();

  /** What the store said last; undefined where it has none. */
  readonly #prefetched = new Map<string, StoredMessage | undefined>();

  constructor(database: Database, instanceId: number) {
    this.#database = database;
    this.#instanceId = instanceId;
  }

  async find(id: string, fromMe: boolean): Promise<StoredMessage | undefined> {
    const key = messageKey(id, fromMe);
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    if (this.#prefetched.has(key)) return this.#prefetched.get(key);
    // Not by a prefetch: it would take away what somebody else has just fetched.
    const row = await this.#database.first<MessageRow>(
      sql`select chat_id, id, from_me, ack, body from messages
        where instance_id = ${this.#instanceId} and id = ${id} and from_me = ${fromMe ? 1 : 0} order by ack desc limit 1`,
    );
    return this.#recent.get(key) ?? (row && toMessage(row));
  }

  /** Reads the messages that are not in memory, all at once; what it finds, or does not, stays until the next call. */
  async prefetch(wanted: readonly { readonly id: string; readonly fromMe: boolean }[]): Promise<void> {
    const missing = wanted.filter(({ id, fromMe }) => !this.#recent.has(messageKey(id, fromMe)));
    this.#prefetched.clear();
    if (missing.length === 0) return;
    // What cannot be asked for must not keep the others from being found.
    const ids = [...new Set(missing.map(({ id }) => id))].filter(isStorable);
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      // One page of rows may speak of more than one query can ask for.
      const asked = new Set(ids.slice(from, from + idsPerQuery));
      // Of a message that is known in two chats the one that is further comes last, and stays.
      const rows = await this.#database.all<MessageRow>(
        sql`select chat_id, id, from_me, ack, body from messages
          where instance_id = ${this.#instanceId} and id in (${join([...asked])}) order by ack`,
      );
      for (const { id, fromMe } of missing)
        if (asked.has(id)) this.#prefetched.set(messageKey(id, fromMe), undefined);
      for (const row of rows) this.#prefetched.set(messageKey(row.id, row.from_me === 1), toMessage(row));
    }
  }

  /** Takes a message in and returns what to write: under this chat when it is new, else where the store has it. */
  put(chatId: number, message: StoredMessage): Statement {
    const placed = { chatId, ...message };
    const row = this.#row(placed);
    this.#remember(placed);
    return this.#write([row]);
  }

  /**
   * What to write for messages from before the linking. Memory is for the messages of late: these stay there only until the
   * next prefetch.
   */
  putPast(chatId: number, messages: readonly StoredMessage[]): Statement[] {
    // No statement may write the same row twice: the last one counts.
    const byKey = new Map(
      messages.map((message) => [messageKey(message.id, message.fromMe), { chatId, ...message }]),
    );
    const rows: SqlValue[][] = [];
    for (const [key, message] of byKey) {
      rows.push(this.#row(message));
      this.#recent.delete(key);
      this.#prefetched.set(key, message);
    }
    return inParts(rows, rowsPerStatement).map((part) => this.#write(part));
  }

  #row(message: Placed): SqlValue[] {
    const { chatId, id, fromMe, ack, data } = message;
    return [this.#instanceId, chatId, id, fromMe ? 1 : 0, ack, data.timestamp, encodeMessage(message)];
  }

  #write(rows: readonly SqlValue[][]): Statement {
    const { length } = rows;
    const parts = upserts.get(length) ?? upsertOf(rows).parts;
    upserts.set(length, parts);
    return { parts, values: rows.flat() };
  }

  /** Changes what is in memory of a message, for who has changed it in the store. */
  change(id: MessageId, how: (data: MessageData) => MessageData): void {
    const key = messageKey(id.id, id.fromMe);
    const message = this.#recent.get(key);
    if (message?.data.id._serialized === id._serialized)
      this.#recent.set(key, { ...message, data: how(message.data) });
    this.#prefetched.delete(key);
  }

  /** Forgets what is in memory: it may hold what was never written. */
  forget(): void {
    this.#recent.clear();
    this.#prefetched.clear();
  }

  #remember(message: StoredMessage): void {
    const key = messageKey(message.id, message.fromMe);
    this.#prefetched.delete(key);
    this.#recent.delete(key);
    const oldest = this.#recent.keys().next();
    if (this.#recent.size >= messagesInMemory && oldest.done !== true) this.#recent.delete(oldest.value);
    this.#recent.set(key, message);
  }
}

type Placed = StoredMessage & Required<Pick<StoredMessage, 'chatId'>>;

const idsPerQuery = 1000;
const rowsPerStatement = 100;

function upsertOf(rows: readonly SqlValue[][]): Statement {
  return sql`insert into messages (instance_id, chat_id, id, from_me, ack, timestamp_s, body)
    values ${join(rows.map((row) => sql`(${join(row)})`))}
    on conflict (instance_id, chat_id, id, from_me) do update set ack = excluded.ack, body = excluded.body`;
}

/** The text of the statement by the number of its rows: put together anew it would cost more than its values. */
const upserts = new Map<number, Statement['parts']>();

/** The key of a message in `Context.messages`. */
export function messageKey(id: string, fromMe: boolean): string {
  return `${fromMe}_${id}`;
}

interface MessageRow extends Row {
  readonly chat_id: number;
  readonly id: string;
  readonly from_me: number;
  readonly ack: number;
  readonly body: Uint8Array;
}

function toMessage({ chat_id, id, from_me, ack, body }: MessageRow): StoredMessage {
  return { chatId: chat_id, id, fromMe: from_me === 1, ack, ...decodeMessage(body) };
}

/** More than one page of rows can speak of: what is not written yet must not be forgotten. */
const messagesInMemory = 1000;

/** Removes messages that are older than the age, by WhatsApp's own time; later events then know nothing of them. */
export function forgetOldMessages(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, chat_id, id, from_me from messages
    where timestamp_s < ${Math.floor(before / 1000)} order by timestamp_s limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from messages where (instance_id, chat_id, id, from_me) in (${oldest}) returning from_me`,
  );
}
