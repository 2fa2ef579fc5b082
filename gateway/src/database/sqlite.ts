import { type Database, DataError, type Row, StoreFailure } from './database.ts';
import { databaseOn } from './driver.ts';
import type { Batch, Unit, UnitResult } from './group-commit.ts';
import type { Statement } from './sql.ts';
import { messageOf } from './sqlite-faults.ts';
import { prepareSqliteFile } from './sqlite-file.ts';
import { lockSqliteFile } from './sqlite-lock.ts';
import { type PackedResults, packStatements, packUnits, unpackResults } from './sqlite-messages.ts';
import { SqliteThread } from './sqlite-thread.ts';

export interface SqliteOptions {
  /** The file, made with mode 0600 when it is missing; `:memory:` for one that nobody keeps. */
  readonly path: string;
  readonly onBatch?: (batch: Batch) => void;
}

/**
 * Opens a SQLite file in a thread of its own, with a write-ahead log and a real sync for each batch.
 *
 * After a StoreFailure the next call opens the file afresh.
 *
 * @throws Error with one plain line when the file cannot be used: missing folder, no permission, another process has it.
 */
export async function openSqlite({ path, onBatch }: SqliteOptions): Promise<Database> {
  const file = path === ':memory:' ? { path, release: () => {} } : takeFile(path);
  const store = new SqliteStore(file.path);
  try {
    await store.thread();
  } catch (error) {
    file.release();
    const words = messageOf(error);
    throw new Error(`Cannot open the database ${path}: ${words}${words.endsWith('.') ? '' : '.'}`, {
      cause: error,
    });
  }
  return databaseOn(
    {
      dialect: 'sqlite',
      write: (units) => store.write(units),
      read: (query) => store.read(query),
      async close() {
        await store.close();
        file.release();
      },
    },
    onBatch,
  );
}

function takeFile(path: string): { path: string; release: () => void } {
  const realPath = prepareSqliteFile(path);
  return { path: realPath, release: lockSqliteFile(realPath) };
}

class SqliteStore {
  readonly #path: string;
  #thread: SqliteThread;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
    this.#thread = new SqliteThread(path);
  }

  async write(units: readonly Unit[]): Promise<UnitResult[]> {
    const thread = await this.thread();
    const results = await thread.request({ kind: 'commit', packed: packUnits(units) });
    if (!results) throw new StoreFailure('The database thread gave no results.');
    return resultsOfUnits(units, results);
  }

  async read(query: Statement): Promise<Row[]> {
    const thread = await this.thread();
    const results = await thread.request({ kind: 'read', packed: packStatements([query]) });
    return (results && unpackResults(results, 1)[0]) ?? [];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread.request({ kind: 'close' }).catch(() => {});
    await this.#thread.ended;
  }

  /** The thread that works; another one when the last has failed and has let go of the file. */
  async thread(): Promise<SqliteThread> {
    if (this.#closed) throw new StoreFailure('The database is closed.');
    const thread = this.#thread;
    if (thread.failed) {
      await thread.ended;
      if (thread === this.#thread) this.#thread = new SqliteThread(this.#path);
    }
    await this.#thread.ready;
    return this.#thread;
  }
}

function resultsOfUnits(units: readonly Unit[], results: PackedResults): UnitResult[] {
  const statements = units.reduce((sum, unit) => sum + unit.length, 0);
  const rows = unpackResults(results, statements);
  const refused = new Map(results.refused.map(({ unit, message }) => [unit, message]));
  let offset = 0;
  return units.map((unit, index) => {
    const start = offset;
    offset += unit.length;
    const message = refused.get(index);
    return message === undefined ? rows.slice(start, offset) : new DataError(message);
  });
}
