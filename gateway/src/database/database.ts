import type { SqlValue, Statement } from './sql.ts';

export type Row = Record<string, SqlValue>;

/**
 * The one way to the store, the same on SQLite and PostgreSQL.
 *
 * Writes are units of work. Units are group-committed: one batch is in flight, the next forms meanwhile, so a unit
 * costs a share of a sync to disk, not a whole one.
 *
 * Values are the same on both: whole numbers up to 2^53 - 1, text without U+0000 and lone surrogates (others are a
 * DataError), bytes as `Uint8Array`; a boolean comes back as 0 or 1.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';

  /**
   * Reads what is committed: every unit whose `commit` has resolved, maybe others too.
   *
   * @throws DataError when the query is at fault, or writes.
   * @throws StoreFailure when the store is.
   */
  all<R extends Row = Row>(query: Statement): Promise<R[]>;

  /** Like `all`, the first row only. */
  first<R extends Row = Row>(query: Statement): Promise<R | undefined>;

  /**
   * Stages one unit of work: all of its statements or none. Resolves when it is on disk, with the rows of each
   * statement (for `returning`). Units take effect in the order of the calls. Until then its bytes must not be changed.
   *
   * @throws DataError when the unit itself is at fault (a constraint, a value that does not fit); other units of the
   *   same batch are not affected.
   * @throws StoreFailure when the store is (connection, disk, I/O). Then every unit that waits fails too.
   */
  commit(unit: readonly Statement[], options?: CommitOptions): Promise<Row[][]>;

  /**
   * A unit comes at once, after something is read: the batch that begins now waits for it, for a moment. Call what is returned
   * when it is staged, or will not be.
   */
  announce(): () => void;

  /** Waits for what is staged, then closes. */
  close(): Promise<void>;
}

export interface CommitOptions {
  /** False when nothing goes on that waits for it: then it takes a moment longer, and mostly costs no sync of its own. */
  readonly isAwaited?: boolean;
}

/** The unit of work is at fault; repeating it gives the same result. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/**
 * The store is at fault: nothing was committed, or nobody knows. Whoever waits must stop and start afresh; the next call
 * opens the store again.
 */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}
