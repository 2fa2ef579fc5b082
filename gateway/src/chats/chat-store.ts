import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { Mutex } from '../mutex.ts';

/**
 * The number of each chat of one instance. A chat is a LID today and a phone number tomorrow, so it has a number of its
 * own, and its jids are aliases of that number.
 */
export class Chats {
  readonly #database: Database;
  readonly #instanceId: number;
  readonly #now: () => number;
  readonly #byJid = new Map<string, number>();
  /** One after the other, or two who ask for a new chat at once would each make one. */
  readonly #mutex = new Mutex();

  constructor(database: Database, instanceId: number, now: () => number) {
    this.#database = database;
    this.#instanceId = instanceId;
    this.#now = now;
  }

  /**
   * The number of the chat that goes by any of these jids, a new one when none is known. All of them are its aliases
   * from then on; two chats that turn out to be one go on under the older number. `beforeCommit` is called when that is to be
   * written.
   *
   * @throws StoreFailure when the store is down.
   */
  async resolve(jids: readonly string[], beforeCommit?: () => void): Promise<number> {
    const known = jids.map((jid) => this.#byJid.get(jid));
    const [first] = known;
    if (first !== undefined && known.every((id) => id === first)) return first;
    return this.#mutex.run(() => this.#resolveInStore(jids, beforeCommit));
  }

  async #resolveInStore(jids: readonly string[], beforeCommit?: () => void): Promise<number> {
    const stored = await this.#stored(jids);
    const ids = [...stored.values()];
    if (stored.size < jids.length || new Set(ids).size > 1) beforeCommit?.();
    const chatId = ids.length > 0 ? Math.min(...ids) : await this.#create();
    const changed = jids.filter((jid) => stored.get(jid) !== chatId);
    if (changed.length > 0) await this.#database.commit(changed.map((jid) => this.#alias(jid, chatId)));
    for (const jid of jids) this.#remember(jid, chatId);
    return chatId;
  }

  async #stored(jids: readonly string[]): Promise<Map<string, number>> {
    const stored = new Map<string, number>();
    for (const jid of jids) {
      const row = await this.#database.first<{ chat_id: number }>(
        sql`select chat_id from chat_aliases where instance_id = ${this.#instanceId} and jid = ${jid}`,
      );
      if (row !== undefined) stored.set(jid, row.chat_id);
    }
    return stored;
  }

  async #create(): Promise<number> {
    const [rows] = await this.#database.commit([
      sql`insert into chats (instance_id, created_at) values (${this.#instanceId}, ${this.#now()}) returning id`,
    ]);
    return rows?.[0]?.['id'] as number;
  }

  #alias(jid: string, chatId: number) {
    return sql`insert into chat_aliases (instance_id, jid, chat_id) values (${this.#instanceId}, ${jid}, ${chatId})
      on conflict (instance_id, jid) do update set chat_id = excluded.chat_id`;
  }

  #remember(jid: string, chatId: number): void {
    const oldest = this.#byJid.keys().next();
    if (this.#byJid.size >= jidsInMemory && oldest.done !== true) this.#byJid.delete(oldest.value);
    this.#byJid.set(jid, chatId);
  }
}

const jidsInMemory = 5000;
