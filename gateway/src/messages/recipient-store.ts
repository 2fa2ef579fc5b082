import type { Database } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { deleteInUnits, rowsPerUnit, type Age } from '../database/old-rows.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import type { Confirmation } from '../events/translation.ts';
import { Recent } from '../recent.ts';

/** How far an own message to many is with each who was noted. What is confirmed later changes it. */
export interface NotedRecipients {
  /** Whether all recipients were noted when the message was recorded; else these are only who has confirmed it. */
  readonly isComplete: boolean;
  /** 1 to 4, by wire jid. */
  readonly acks: ReadonlyMap<string, number>;
}

interface Remembered extends NotedRecipients {
  readonly acks: Map<string, number>;
}

/**
 * Who of many recipients has got the own messages of one instance. Memory holds what is not written yet, and besides it
 * the messages of late, by the number of their recipients.
 */
export class RecipientStore {
  readonly #database: Database;
  readonly #instanceId: number;
  readonly #now: () => number;
  readonly #recent = new Recent<Remembered>(entriesMax, ({ acks }) => 1 + acks.size);

  constructor(database: Database, instanceId: number, now: () => number) {
    this.#database = database;
    this.#instanceId = instanceId;
    this.#now = now;
  }

  /** How many recipients are in memory, and one for each message. */
  get entriesInMemory(): number {
    return this.#recent.size;
  }

  find(messageId: string): Promise<NotedRecipients> {
    return this.#find(messageId);
  }

  async #find(messageId: string): Promise<Remembered> {
    const recent = this.#recent.get(messageId);
    if (recent !== undefined) return recent;
    const rows = await this.#database.all<{ recipient: string; is_expected: number; ack: number }>(
      sql`select recipient, is_expected, ack from recipients
        where instance_id = ${this.#instanceId} and message_id = ${messageId}`,
    );
    const isComplete = rows.some(({ is_expected }) => is_expected === 1);
    const counted = rows.filter(({ is_expected }) => !isComplete || is_expected === 1);
    const acks = new Map(counted.map(({ recipient, ack }) => [recipient, ack]));
    const told = this.#recent.get(messageId);
    if (told !== undefined) return told;
    const noted = { isComplete, acks };
    this.#recent.put(messageId, noted);
    return noted;
  }

  /** Notes everybody who shall get a message; returns what to write. */
  async note(messageId: string, recipients: readonly string[]): Promise<Statement[]> {
    if (recipients.length === 0) return [];
    const before = await this.find(messageId);
    const acks = new Map(recipients.map((recipient) => [recipient, before.acks.get(recipient) ?? 1]));
    this.#recent.hold(messageId);
    this.#recent.put(messageId, { isComplete: true, acks });
    return inParts(recipients, rowsPerStatement).map((part) => {
      const rows = part.map((one) => sql`(${this.#instanceId}, ${messageId}, ${one}, 1, 1, ${this.#now()})`);
      return sql`insert into recipients
        (instance_id, message_id, recipient, is_expected, ack, noted_at) values ${join(rows)}
        on conflict (instance_id, message_id, recipient) do update set is_expected = 1`;
    });
  }

  /** Takes in how far a message is with one of them; returns what to write. */
  async confirm({ messageId, recipient, ack }: Confirmation): Promise<Statement> {
    const noted = await this.#find(messageId);
    this.#recent.hold(messageId);
    noted.acks.set(recipient, ack);
    this.#recent.put(messageId, noted);
    return sql`insert into recipients (instance_id, message_id, recipient, is_expected, ack, noted_at)
      values (${this.#instanceId}, ${messageId}, ${recipient}, 0, ${ack}, ${this.#now()})
      on conflict (instance_id, message_id, recipient) do update set ack = excluded.ack`;
  }

  /** All that was taken in is on disk. */
  written(): void {
    this.#recent.allWritten();
  }

  /** Forgets what is in memory: it may hold what was never written. */
  forget(): void {
    this.#recent.clear();
  }
}

const rowsPerStatement = 200;

/** Eight messages to the largest groups, or hundreds to small ones: less than a megabyte for each instance. */
const entriesMax = 8 * 1025;

/** Removes what was noted before the age; receipts for those messages are no news any more. */
export function forgetOldRecipients(database: Database, { before }: Age): AsyncGenerator<number> {
  const oldest = sql`select instance_id, message_id, recipient from recipients
    where noted_at < ${before} order by noted_at limit ${rowsPerUnit}`;
  return deleteInUnits(
    database,
    sql`delete from recipients where (instance_id, message_id, recipient) in (${oldest}) returning ack`,
  );
}
