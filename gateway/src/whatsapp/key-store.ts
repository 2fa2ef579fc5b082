import {
  BufferJSON,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type SignalKeyStoreWithTransaction,
} from 'baileys';
import type { Addresses } from '../chats/addresses.ts';
import { type Database, StoreFailure } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import type { Vault } from '../vault.ts';
import type { DurableWrites } from './durable-writes.ts';
import { Mutex } from '../mutex.ts';

export interface KeyStoreParts {
  readonly database: Database;
  readonly vault: Vault;
  readonly instanceId: number;
  readonly writes: DurableWrites;
  readonly addresses: Addresses;
  /**
   * What must be committed together with values that Baileys writes; null when nothing is. First what must be found out;
   * the second step gives the statements, in the tick in which they are staged.
   */
  readonly alongside: (data: SignalDataSet) => Promise<Alongside> | null;
}

export interface Alongside {
  readonly statements: () => readonly Statement[];
  /** Called when they are on disk. */
  readonly written?: () => void;
}

/** How many sessions and keys stay in memory per connection, besides those on their way to the disk. */
const valuesInMemory = 2000;

interface Cached {
  readonly value: unknown;
  /** Staged writes of this value that are not on disk yet; until then a read must find it here. */
  pending: number;
}

/**
 * Signal's keys of one connection. A write is visible at once and goes to disk with the next group commit; reads come
 * from memory or the store.
 *
 * Two domains write here. Ours: the signal repository, whose every operation is one unit of work, opened under one
 * mutex (`inUnit`). And Baileys' own transactions, which hold session resets, pre-keys and mappings. Cache and order
 * live here, below both.
 */
export class KeyStore {
  readonly #parts: KeyStoreParts;
  readonly #mutex = new Mutex();
  readonly #cache = new Map<string, Cached>();
  /** The unit of work of the operation that holds the mutex. A variable, not an async context: libsignal runs jobs in other accounts' contexts. */
  #unit: { statements: Statement[]; keys: string[] } | null = null;

  constructor(parts: KeyStoreParts) {
    this.#parts = parts;
  }

  /**
   * Runs one operation of the signal repository. Everything it writes, and what it adds to the unit itself, is one unit
   * of work: the ratchet never reaches the disk without its inbox row. `written` is called when it is there, `lost` when that
   * failed.
   */
  inUnit<T>(
    operation: (unit: Statement[]) => Promise<T>,
    written?: () => void,
    lost?: () => void,
  ): Promise<T> {
    return this.#mutex.run(async () => {
      const unit = { statements: [] as Statement[], keys: [] as string[] };
      this.#unit = unit;
      try {
        return await operation(unit.statements);
      } finally {
        this.#unit = null;
        if (unit.statements.length > 0) this.#stage(unit.statements, unit.keys, written, lost);
      }
    });
  }

  /** For the signal repository, inside `inUnit`. Mappings and device lists concern no ratchet and are written on their own. */
  readonly repositoryKeys: SignalKeyStoreWithTransaction = {
    get: (type, ids) => this.#get(type, ids),
    set: (data) => {
      const unit = this.#unit;
      for (const [type, values] of entries(data)) {
        if (unit !== null && ratchetTypes.has(type)) this.#put(type, values, unit);
        else this.#putAlone(type, values);
      }
    },
    isInTransaction: () => this.#unit !== null,
    transaction: (work) => work(),
  };

  /** For Baileys, as `auth.keys`. What concerns a ratchet waits for the operation that is under way. */
  readonly keys: SignalKeyStore = {
    get: (type, ids) => this.#get(type, ids),
    set: async (data) => {
      const finding = this.#parts.alongside(data);
      const beside = finding === null ? null : await finding;
      const write = async () => {
        const unit = { statements: [] as Statement[], keys: [] as string[] };
        for (const [type, values] of entries(data)) this.#put(type, values, unit);
        this.#stage([...unit.statements, ...(beside?.statements() ?? [])], unit.keys, beside?.written);
      };
      const touchesRatchets = entries(data).some(([type]) => ratchetTypes.has(type));
      await (touchesRatchets ? this.#mutex.run(write) : write());
    },
  };

  async #get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: string[],
  ): Promise<{ [id: string]: SignalDataTypeMap[T] }> {
    // Again, because one that was here may be evicted while another is read.
    for (let missing = ids; missing.length > 0;) {
      missing = ids.filter((id) => !this.#cache.has(cacheKey(type, id)));
      if (missing.length > 0) await this.#load(type, missing);
    }
    const found: { [id: string]: SignalDataTypeMap[T] } = {};
    for (const id of ids) {
      const key = cacheKey(type, id);
      const cached = this.#cache.get(key);
      if (cached === undefined || cached.value === null) continue;
      this.#touch(key, cached);
      found[id] = cached.value as SignalDataTypeMap[T];
    }
    return found;
  }

  async #load(type: keyof SignalDataTypeMap, ids: string[]): Promise<void> {
    const { database, instanceId, writes } = this.#parts;
    if (writes.isFenced) throw new Error('The connection has ended.');
    const rows = await database
      .all<{ id: string; value: Uint8Array }>(
        sql`select id, value from auth_keys where instance_id = ${instanceId} and kind = ${type} and id in (${join(ids)})`,
      )
      .catch((error: unknown) => {
        writes.fence(error);
        throw error;
      });
    const loaded = new Map(rows.map(({ id, value }) => [id, this.#open(type, id, value)]));
    for (const id of ids) {
      const key = cacheKey(type, id);
      // A write that came while we read is newer than what we read.
      if (!this.#cache.has(key)) this.#touch(key, { value: loaded.get(id) ?? null, pending: 0 });
    }
  }

  /** A damaged value ends the connection: without it a message would look as if it could not be decrypted. */
  #open(type: keyof SignalDataTypeMap, id: string, value: Uint8Array): unknown {
    const { vault, writes } = this.#parts;
    try {
      return openValue(vault, type, id, value);
    } catch (error) {
      writes.fence(error);
      throw error;
    }
  }

  #putAlone(type: keyof SignalDataTypeMap, values: Record<string, unknown>): void {
    const unit = { statements: [] as Statement[], keys: [] as string[] };
    this.#put(type, values, unit);
    this.#stage(unit.statements, unit.keys);
  }

  #put(
    type: keyof SignalDataTypeMap,
    values: Record<string, unknown>,
    unit: { statements: Statement[]; keys: string[] },
  ): void {
    const { vault, instanceId, writes, addresses } = this.#parts;
    // What cannot be written any more must not be remembered either: the addresses outlive the connection.
    writes.check();
    for (const [id, value] of Object.entries(values)) {
      const key = cacheKey(type, id);
      this.#touch(key, { value: value ?? null, pending: (this.#cache.get(key)?.pending ?? 0) + 1 });
      unit.keys.push(key);
      unit.statements.push(
        value === null || value === undefined
          ? sql`delete from auth_keys where instance_id = ${instanceId} and kind = ${type} and id = ${id}`
          : upsertKey(instanceId, type, id, vault.seal(encodeValue(type, value))),
      );
      if (type === 'lid-mapping' && typeof value === 'string' && !id.endsWith('_reverse')) {
        unit.statements.push(...addresses.learn({ lid: value, phone: id }));
      }
    }
  }

  #stage(
    statements: readonly Statement[],
    keys: readonly string[],
    written?: () => void,
    lost?: () => void,
  ): void {
    if (statements.length === 0) return;
    const done = () => {
      for (const key of keys) {
        const cached = this.#cache.get(key);
        if (cached !== undefined) cached.pending--;
      }
      this.#evict();
      written?.();
    };
    this.#parts.writes.stage(statements, done, lost);
  }

  /** Puts the entry at the young end. */
  #touch(key: string, entry: Cached): void {
    this.#cache.delete(key);
    this.#cache.set(key, entry);
  }

  #evict(): void {
    let excess = this.#cache.size - valuesInMemory;
    for (const [key, { pending }] of this.#cache) {
      if (excess <= 0) return;
      if (pending > 0) continue;
      this.#cache.delete(key);
      excess--;
    }
  }
}

/** Writes one sealed value of an instance's credentials. */
export function upsertKey(instanceId: number, kind: string, id: string, value: Uint8Array): Statement {
  return sql`insert into auth_keys (instance_id, kind, id, value) values (${instanceId}, ${kind}, ${id}, ${value})
    on conflict (instance_id, kind, id) do update set value = excluded.value`;
}

/** Bytes behind a byte that begins no JSON; anything else as JSON as Baileys writes it: bytes become tagged base64. */
export function encodeValue(kind: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return Buffer.concat([bytesFollow, value]);
  // A session holds text only, and asking for each part whether it is bytes costs more than all the rest.
  return Buffer.from(kind === 'session' ? JSON.stringify(value) : JSON.stringify(value, BufferJSON.replacer));
}

export function decodeValue(kind: string, bytes: Uint8Array): unknown {
  if (bytes[0] === bytesFollow[0]) return Buffer.from(bytes.subarray(1));
  const value: unknown = JSON.parse(Buffer.from(bytes).toString(), BufferJSON.reviver);
  return kind === 'app-state-sync-key'
    ? proto.Message.AppStateSyncKeyData.fromObject(value as object)
    : value;
}

const bytesFollow = Uint8Array.of(0);

/** @throws StoreFailure, which names the record, when it is damaged. */
export function openValue(vault: Vault, kind: string, id: string, value: Uint8Array): unknown {
  try {
    return decodeValue(kind, vault.open(value));
  } catch (error) {
    throw new StoreFailure(
      `the record ${kind} "${id}" in the table auth_keys is damaged. Put back a copy of the database, or log the instance out and link it again.`,
      { cause: error },
    );
  }
}

/** What must be written together with the inbox row that moved it. */
const ratchetTypes: ReadonlySet<string> = new Set(['session', 'pre-key', 'sender-key', 'identity-key']);

function cacheKey(type: string, id: string): string {
  return `${type}:${id}`;
}

function entries(data: SignalDataSet): [keyof SignalDataTypeMap, Record<string, unknown>][] {
  return Object.entries(data) as [keyof SignalDataTypeMap, Record<string, unknown>][];
}
