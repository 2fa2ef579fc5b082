import type { Database } from '../database/database.ts';
import { inParts } from '../database/in-parts.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { formatJid, kindOf, parseJid, phoneJid } from '../jid.ts';

/** A LID and a phone number of the same person, both as bare users (digits). */
export interface AddressPair {
  readonly lid: string;
  readonly phone: string;
}

/**
 * Which LID and which phone number are the same person, for one instance. WhatsApp tells it in stanzas and look-ups;
 * what was told stays known.
 */
export class Addresses {
  readonly #database: Database;
  readonly #instanceId: number;
  /** Bounded: the oldest entries go first, the store still has them. */
  readonly #phoneByLid = new Map<string, string>();
  readonly #lidByPhone = new Map<string, string>();

  constructor(database: Database, instanceId: number) {
    this.#database = database;
    this.#instanceId = instanceId;
  }

  /** Takes a pair in and returns what to write; nothing when it was known. */
  learn({ lid, phone }: AddressPair): Statement[] {
    if (this.#phoneByLid.get(lid) === phone) return [];
    this.#remember({ lid, phone });
    return [
      sql`insert into addresses (instance_id, lid, phone) values (${this.#instanceId}, ${lid}, ${phone})
        on conflict (instance_id, lid) do update set phone = excluded.phone`,
    ];
  }

  /** Forgets what is in memory; what was learned but not written must be learned again. */
  forget(): void {
    this.#phoneByLid.clear();
    this.#lidByPhone.clear();
  }

  async phoneOf(lid: string): Promise<string | null> {
    const known = this.#phoneByLid.get(lid);
    if (known !== undefined) return known;
    const row = await this.#database.first<{ phone: string }>(
      sql`select phone from addresses where instance_id = ${this.#instanceId} and lid = ${lid}`,
    );
    // What was learned while we read is newer than what we read.
    const learned = this.#phoneByLid.get(lid);
    if (learned !== undefined || row === undefined) return learned ?? null;
    this.#remember({ lid, phone: row.phone });
    return row.phone;
  }

  async lidOf(phone: string): Promise<string | null> {
    const known = this.#lidByPhone.get(phone);
    if (known !== undefined) return known;
    const row = await this.#database.first<{ lid: string }>(
      sql`select lid from addresses where instance_id = ${this.#instanceId} and phone = ${phone} limit 1`,
    );
    const learned = this.#lidByPhone.get(phone);
    if (learned !== undefined || row === undefined) return learned ?? null;
    this.#remember({ lid: row.lid, phone });
    return row.lid;
  }

  /**
   * The other form of a wire jid, LID to phone and phone to LID; undefined while WhatsApp has not told it, and for what has
   * none, such as a group.
   */
  async otherForm(jid: string): Promise<string | undefined> {
    const address = parseJid(jid);
    const kind = kindOf(jid);
    if (address === null || (kind !== 'lid' && kind !== 'phone')) return undefined;
    if (kind === 'lid') {
      const phone = await this.phoneOf(address.user);
      return phone === null ? undefined : phoneJid(phone);
    }
    const lid = await this.lidOf(address.user);
    return lid === null ? undefined : formatJid({ user: lid, server: 'lid' });
  }

  /** The other forms of many wire jids, as far as they are known: each leads to the other. */
  async otherForms(jids: readonly string[]): Promise<Map<string, string>> {
    const users = (kind: 'lid' | 'phone') =>
      jids.filter((jid) => kindOf(jid) === kind).flatMap((jid) => parseJid(jid)?.user ?? []);
    const pairs = jids.length === 0 ? [] : await this.pairsOf(users('lid'), users('phone'));
    return new Map(
      pairs.flatMap(({ lid, phone }) => {
        const [one, other] = [formatJid({ user: lid, server: 'lid' }), phoneJid(phone)];
        return [
          [one, other],
          [other, one],
        ] as const;
      }),
    );
  }

  /** All wire jids that a chat is known by: the given one, and the other form of it when that is known. */
  async formsOf(jid: string): Promise<readonly string[]> {
    const other = await this.otherForm(jid);
    return other === undefined ? [jid] : [jid, other];
  }

  /** The pairs of these that are known, read with few queries however many are asked for. */
  async pairsOf(lids: readonly string[], phones: readonly string[]): Promise<AddressPair[]> {
    const unread = [
      ...inParts(
        lids.filter((lid) => !this.#phoneByLid.has(lid)),
        usersPerQuery,
      ).map((part) => sql`lid in (${join(part)})`),
      ...inParts(
        phones.filter((phone) => !this.#lidByPhone.has(phone)),
        usersPerQuery,
      ).map((part) => sql`phone in (${join(part)})`),
    ];
    const read: AddressPair[] = [];
    for (const which of unread) {
      const rows = await this.#database.all<{ lid: string; phone: string }>(
        sql`select lid, phone from addresses where instance_id = ${this.#instanceId} and ${which}`,
      );
      read.push(...rows);
    }
    // What was learned while we read is newer than what we read.
    for (const pair of read)
      if (!this.#phoneByLid.has(pair.lid) && !this.#lidByPhone.has(pair.phone)) this.#remember(pair);
    const known = [
      ...lids.map((lid) => ({ lid, phone: this.#phoneByLid.get(lid) })),
      ...phones.map((phone) => ({ lid: this.#lidByPhone.get(phone), phone })),
    ];
    return known.flatMap(({ lid, phone }) =>
      lid === undefined || phone === undefined ? [] : [{ lid, phone }],
    );
  }

  #remember({ lid, phone }: AddressPair): void {
    for (const map of [this.#phoneByLid, this.#lidByPhone]) {
      const oldest = map.keys().next();
      if (map.size >= pairsInMemory && oldest.done !== true) map.delete(oldest.value);
    }
    this.#phoneByLid.set(lid, phone);
    this.#lidByPhone.set(phone, lid);
  }
}

const usersPerQuery = 500;

const pairsInMemory = 5000;
