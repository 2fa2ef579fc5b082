import type { Database } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import type { Confirmation } from '../events/translation.ts';

/** How far an own message to many is with each who was noted. */
export interface NotedRecipients {
  /** Whether all recipients were noted when the message was recorded; else these are only who has confirmed it. */
  readonly isComplete: boolean;
  /** 1 to 4, by wire jid. */
  readonly acks: ReadonlyMap<string, number>;
}

/** Who of many recipients has got the own messages of one instance. */
export class RecipientStore {
  readonly #database: Database;
  readonly #instanceId: number;
  readonly #now: () => number;
  /** The messages of late, also those whose writes are still on their way. */
  readonly #recent = new Map<string, NotedRecipients>();

  constructor(database: Database, instanceId: number, now: () => number) {
    this.#database = database;
    this.#instanceId = instanceId;
    this.#now = now;
  }

  async find(messageId: string): Promise<NotedRecipients> {
    const recent = this.#recent.get(messageId);
    if (recent !== undefined) return recent;
    const rows = await this.#database.all<{ recipient: string; is_expected: number; ack: number }>(
      sql`select recipient, is_expected, ack from recipients
        where instance_id = ${this.#instanceId} and message_id = ${messageId}`,
    );
    const isComplete = rows.some(({ is_expected }) => is_expected === 1);
    const counted = rows.filter(({ is_expected }) => !isComplete || is_expected === 1);
    const acks = new Map(counted.map(({ recipient, ack }) => [recipient, ack]));
    return this.#recent.get(messageId) ?? this.#remember(messageId, { isComplete, acks });
  }

  /** Notes everybody who shall get a message; returns what to write. */
  async note(messageId: string, recipients: readonly string[]): Promise<Statement[]> {
    if (recipients.length === 0) return [];
    const before = await this.find(messageId);
    const acks = new Map(recipients.map((recipient) => [recipient, before.acks.get(recipient) ?? 1]));
    this.#remember(messageId, { isComplete: true, acks });
    return inParts(recipients, rowsPerStatement).map((part) => {
      const rows = part.map((one) => sql`(${this.#instanceId}, ${messageId}, ${one}, 1, 1, ${this.#now()})`);
      return sql`insert into recipients
        (instance_id, message_id, recipient, is_expected, ack, noted_at) values ${join(rows)}
        on conflict (instance_id, message_id, recipient) do update set is_expected = 1`;
    });
  }

  /** Takes in how far a message is with one of them; returns what to write. */
  async confirm({ messageId, recipient, ack }: Confirmation): Promise<Statement> {
    const { isComplete, acks } = await this.find(messageId);
    this.#remember(messageId, { isComplete, acks: new Map(acks).set(recipient, ack) });
    return sql`insert into recipients (instance_id, message_id, recipient, is_expected, ack, noted_at)
      values (${this.#instanceId}, ${messageId}, ${recipient}, 0, ${ack}, ${this.#now()})
      on conflict (instance_id, message_id, recipient) do update set ack = excluded.ack`;
  }

  /** Forgets what is in memory: it may hold what was never written. */
  forget(): void {
    this.#recent.clear();
  }

  #remember(messageId: string, noted: NotedRecipients): NotedRecipients {
    this.#recent.delete(messageId);
    const oldest = this.#recent.keys().next();
    if (this.#recent.size >= messagesInMemory && oldest.done !== true) this.#recent.delete(oldest.value);
    this.#recent.set(messageId, noted);
    return noted;
  }
}

const rowsPerStatement = 200;

/** More than one page of the inbox can speak of: what is not written yet must not be forgotten. */
const messagesInMemory = 500;

/** Removes what was noted before the age; receipts for those messages are no news any more. */
export function forgetOldRecipients(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, message_id, recipient from recipients
    where noted_at < ${before} order by noted_at limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from recipients where (instance_id, message_id, recipient) in (${oldest}) returning ack`,
  );
}
