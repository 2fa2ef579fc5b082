import type { SqlValue, Statement } from './sql.ts';

export type Row = Record<string, SqlValue>;

/**
 * The one way to the store, the same on SQLite and PostgreSQL.
 *
 * Writes are units of work. Units are group-committed: one batch is in flight, the next forms meanwhile, so a unit
 * costs a share of a sync to disk, not a whole one. Numbers are JavaScript numbers, bytes are `Uint8Array`.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';

  /** Reads what is committed. It may not see a unit whose `commit` has not resolved yet. */
  all<R extends Row = Row>(query: Statement): Promise<R[]>;

  /** Like `all`, the first row only. */
  first<R extends Row = Row>(query: Statement): Promise<R | undefined>;

  /**
   * Stages one unit of work: all of its statements or none. Resolves when it is on disk, with the rows of each
   * statement (for `returning`). Units take effect in the order of the calls.
   *
   * @throws DataError when the unit itself is at fault (a constraint, a value that does not fit); other units of the
   *   same batch are not affected.
   * @throws StoreFailure when the store is (connection, disk, I/O). Then every unit that waits fails too.
   */
  commit(unit: readonly Statement[]): Promise<Row[][]>;

  /** Waits for what is staged, then closes. */
  close(): Promise<void>;
}

/** The unit of work is at fault; repeating it gives the same result. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** The store is at fault: nothing was committed, or nobody knows. Whoever waits must stop and start afresh. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}
