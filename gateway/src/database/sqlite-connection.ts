import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqlValue } from './sql.ts';
import { isDataFault } from './sqlite-faults.ts';
import {
  type PackedResults,
  type PackedStatements,
  type PackedUnits,
  packResults,
  type Result,
  type ResultRow,
  ValueReader,
} from './sqlite-messages.ts';

/** The log is copied into the database even while commits come when it has this many pages of 4 KiB: 16 MB. */
const logPagesMax = 4096;
const statementsMax = 500;

/** SQLite itself, synchronous: only the worker thread uses it. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();
  #isLogTrusted = false;

  /** There is no memory map: an I/O error in it would kill the process instead of failing a statement. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 5_000 });
    this.#database.exec(`
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma wal_autocheckpoint = ${logPagesMax};
      pragma journal_size_limit = ${logPagesMax * 4096};
      pragma cache_size = -8192;
    `);
  }

  /** One transaction. Throws when the store is at fault, never when a unit is. */
  commit(packed: PackedUnits): PackedResults {
    this.#trustLog();
    // Savepoints copy every page that they touch, and a unit is hardly ever refused.
    return this.#commitAll(packed) ?? this.#commitEach(packed);
  }

  /** Null, and nothing is written, when any unit is at fault. */
  #commitAll(packed: PackedUnits): PackedResults | null {
    const results: Result[] = [];
    this.#exec('begin immediate');
    if (this.#runUnit(new StatementCursor(packed), packed.statements.length, results)) {
      this.#exec('rollback');
      return null;
    }
    this.#exec('commit');
    return packResults(results, []);
  }

  /** Each unit has a savepoint, so that those at fault fall alone. */
  #commitEach(packed: PackedUnits): PackedResults {
    const cursor = new StatementCursor(packed);
    const results: Result[] = [];
    const refused: PackedResults['refused'] = [];
    this.#exec('begin immediate');
    packed.units.forEach((statements, unit) => {
      this.#exec('savepoint unit');
      const error = this.#runUnit(cursor, statements, results);
      if (error) {
        this.#exec('rollback to unit');
        refused.push({ unit, message: error.message });
      }
      this.#exec('release unit');
    });
    this.#exec('commit');
    return packResults(results, refused);
  }

  /** Refuses statements that write. */
  read(packed: PackedStatements): PackedResults {
    const results: Result[] = [];
    this.#database.exec('pragma query_only = on');
    try {
      const cursor = new StatementCursor(packed);
      for (let left = packed.statements.length; left > 0; left--) this.#run(cursor.next(), results);
    } finally {
      this.#database.exec('pragma query_only = off');
    }
    return packResults(results, []);
  }

  /** Copies the log into the database, as far as nobody is in the way. */
  checkpoint(): void {
    this.#exec('pragma wal_checkpoint(passive)');
  }

  close(): void {
    this.#database.close();
  }

  /**
   * After a sync that failed, pages may look written that are not, and no later sync mentions them. So a new connection
   * copies the log into the database before its first commit: what the log still holds is written and synced anew.
   */
  #trustLog(): void {
    if (this.#isLogTrusted) return;
    const [[busy] = []] = this.#exec('pragma wal_checkpoint(truncate)');
    if (busy !== 0) throw new Error('another process keeps the log of the database busy');
    this.#isLogTrusted = true;
  }

  /** Runs the next `count` statements; after one that is at fault none of them. */
  #runUnit(cursor: StatementCursor, count: number, results: Result[]): Error | undefined {
    const before = results.length;
    let left = count;
    try {
      for (; left > 0; left--) this.#run(cursor.next(), results);
      return undefined;
    } catch (error) {
      if (!isDataFault(error)) throw error;
      for (left--; left > 0; left--) cursor.next();
      results.length = before;
      return error;
    }
  }

  #run({ index, text, values }: Bound, results: Result[]): void {
    const { statement, columns } = this.#prepare(text);
    const rows = rowsOf(statement.all(...values));
    if (rows.length > 0) results.push({ statement: index, columns, rows });
  }

  #exec(text: string): readonly ResultRow[] {
    return rowsOf(this.#prepare(text).statement.all());
  }

  #prepare(text: string): Prepared {
    let prepared = this.#prepared.get(text);
    if (!prepared) {
      const statement = this.#database.prepare(text);
      // A row as an object costs several times what its values do.
      statement.setReturnArrays(true);
      prepared = { statement, columns: statement.columns().map(({ name }) => name) };
      if (this.#prepared.size >= statementsMax) this.#prepared.clear();
      this.#prepared.set(text, prepared);
    }
    return prepared;
  }
}

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

/** Node's types know rows as objects only. */
function rowsOf(rows: unknown[]): readonly ResultRow[];
function rowsOf(rows: unknown): unknown {
  return rows;
}

interface Bound {
  /** Among all statements of the message. */
  readonly index: number;
  readonly text: string;
  readonly values: SqlValue[];
}

class StatementCursor {
  readonly #packed: PackedStatements;
  readonly #values: ValueReader;
  #index = 0;

  constructor(packed: PackedStatements) {
    this.#packed = packed;
    this.#values = new ValueReader(packed.values);
  }

  next(): Bound {
    const index = this.#index++;
    const text = this.#packed.statements[index] ?? 0;
    const values: SqlValue[] = [];
    for (let left = this.#packed.valueCounts[text] ?? 0; left > 0; left--) values.push(this.#values.next());
    return { index, text: this.#packed.texts[text] ?? '', values };
  }
}
