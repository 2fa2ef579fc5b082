import type { Clock } from '../clock.ts';
import { type Database, StoreFailure } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { hashToken, newTokenText, permissions, type Permission, type Token } from './token.ts';

/** The tokens that open the API. */
export interface Tokens {
  /**
   * The token with this text, or undefined. While the store is down, a token that was found before still opens: so the
   * API can say what is wrong. Nobody can remove one meanwhile. It is looked up by its hash: how long that takes says nothing about the
   * text, so no comparison in constant time is needed.
   */
  find(text: string): Promise<Token | undefined>;
  /** Makes a token. Its text is in the answer and nowhere else. */
  create(settings: Omit<Token, 'id'>): Promise<{ readonly token: Token; readonly text: string }>;
  list(): Promise<Token[]>;
  /** From now on the token opens nothing. */
  remove(id: number): Promise<void>;
}

/** The tokens in the database. */
export function createTokens(db: Database, clock: Clock): Tokens {
  const found = new LastFound();
  return {
    async find(text) {
      const hash = hashToken(text);
      const token = await db.first<TokenRow>(sql`${select} where hash = ${hash}`).then(
        (row) => row && asToken(row),
        (error: unknown) => {
          const known = error instanceof StoreFailure ? found.get(hash) : undefined;
          if (known === undefined) throw error;
          return known;
        },
      );
      found.set(hash, token);
      return token;
    },
    async create(settings) {
      const text = newTokenText();
      const [rows] = await db.commit([insert(settings, text, clock.now())]);
      return { token: { ...settings, id: Number(rows?.[0]?.['id']) }, text };
    },
    async list() {
      return (await db.all<TokenRow>(sql`${select} order by id`)).map(asToken);
    },
    async remove(id) {
      found.clear();
      await db.commit([sql`delete from tokens where id = ${id}`]);
    },
  };
}

/** The tokens that were used of late, by their hashes. */
class LastFound {
  readonly #tokens = new Map<string, Token>();

  get(hash: Uint8Array): Token | undefined {
    return this.#tokens.get(hex(hash));
  }

  set(hash: Uint8Array, token: Token | undefined): void {
    const key = hex(hash);
    this.#tokens.delete(key);
    if (token === undefined) return;
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size >= tokensInMemory && oldest.done !== true) this.#tokens.delete(oldest.value);
    this.#tokens.set(key, token);
  }

  clear(): void {
    this.#tokens.clear();
  }
}

const tokensInMemory = 100;

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}

/**
 * Makes sure that there is a token which may do everything. A configured one replaces the admin token of before, so
 * that changing the setting shuts the old one out.
 *
 * @param configured the text from the settings; null to keep the admin token that exists, or to make one
 * @returns the text of a token that was just made, to be shown once; otherwise null
 */
export async function ensureAdminToken(
  db: Database,
  configured: string | null,
  clock: Clock,
): Promise<string | null> {
  const hashes = (
    await db.all<{ hash: Uint8Array }>(sql`select hash from tokens where name = ${admin.name}`)
  ).map((row) => row.hash);
  if (configured === null && hashes.length > 0) return null;
  const text = configured ?? newTokenText();
  const wanted = Buffer.from(hashToken(text));
  if (hashes.length !== 1 || !hashes.every((hash) => wanted.equals(hash))) {
    await db.commit([
      sql`delete from tokens where name = ${admin.name} or hash = ${wanted}`,
      insert(admin, text, clock.now()),
    ]);
  }
  return configured === null ? text : null;
}

const admin = { name: 'admin', permissions, instanceIds: null };

type TokenRow = { id: number; name: string; permissions: string; instance_ids: string | null };

const select = sql`select id, name, permissions, instance_ids from tokens`;

function insert(settings: Omit<Token, 'id'>, text: string, now: number): Statement {
  const ids = settings.instanceIds === null ? null : settings.instanceIds.join(',');
  return sql`insert into tokens (name, hash, permissions, instance_ids, created_at)
    values (${settings.name}, ${hashToken(text)}, ${settings.permissions.join(',')}, ${ids}, ${now}) returning id`;
}

function asToken(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    permissions: row.permissions.split(',').filter(isPermission),
    instanceIds: row.instance_ids === null ? null : row.instance_ids.split(',').filter(Boolean).map(Number),
  };
}

function isPermission(text: string): text is Permission {
  return permissions.some((permission) => permission === text);
}
