import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import type { StoredMessage } from '../events/translation.ts';

/** What is known of the messages of one instance: what acks and later events speak of. */
export class MessageStore {
  readonly #database: Database;
  readonly #instanceId: number;
  /** The messages of late, also those whose write is still on its way. */
  readonly #recent = new Map<string, StoredMessage>();

  constructor(database: Database, instanceId: number) {
    this.#database = database;
    this.#instanceId = instanceId;
  }

  async find(id: string, fromMe: boolean): Promise<StoredMessage | undefined> {
    const recent = this.#recent.get(messageKey(id, fromMe));
    if (recent !== undefined) return recent;
    const row = await this.#database.first<{ ack: number; body: Uint8Array }>(
      sql`select ack, body from messages where instance_id = ${this.#instanceId} and id = ${id} and from_me = ${fromMe ? 1 : 0}
        order by ack desc limit 1`,
    );
    if (row === undefined) return undefined;
    return {
      id,
      fromMe,
      ack: row.ack,
      data: JSON.parse(Buffer.from(row.body).toString()) as StoredMessage['data'],
    };
  }

  /** Takes a message in and returns what to write. */
  put(chatId: number, message: StoredMessage): Statement {
    this.#remember(message);
    const body = Buffer.from(JSON.stringify(message.data));
    return sql`insert into messages (instance_id, chat_id, id, from_me, ack, timestamp_s, body)
      values (${this.#instanceId}, ${chatId}, ${message.id}, ${message.fromMe ? 1 : 0}, ${message.ack}, ${message.data.timestamp}, ${body})
      on conflict (instance_id, chat_id, id, from_me) do update set ack = excluded.ack, body = excluded.body`;
  }

  /** Forgets what is in memory: it may hold what was never written. */
  forget(): void {
    this.#recent.clear();
  }

  #remember(message: StoredMessage): void {
    const key = messageKey(message.id, message.fromMe);
    this.#recent.delete(key);
    const oldest = this.#recent.keys().next();
    if (this.#recent.size >= messagesInMemory && oldest.done !== true) this.#recent.delete(oldest.value);
    this.#recent.set(key, message);
  }
}

/** The key of a message in `Context.messages`. */
export function messageKey(id: string, fromMe: boolean): string {
  return `${fromMe}_${id}`;
}

const messagesInMemory = 200;
