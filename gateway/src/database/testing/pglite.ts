import type { PGlite, Transaction } from '@electric-sql/pglite';
import { type Database, DataError, type Row, StoreFailure } from '../database.ts';
import { databaseOn } from '../driver.ts';
import type { Batch } from '../group-commit.ts';
import { commitBatch, type PostgresSession, type PostgresTransaction } from '../postgres-batch.ts';
import { isDataFault } from '../postgres-faults.ts';
import type { Statement } from '../sql.ts';

/**
 * The port on PostgreSQL inside this process, for tests. It starts slowly, so one instance serves all who ask, each in
 * a new schema of its own.
 */
export async function openPglite(onBatch?: (batch: Batch) => void): Promise<Database> {
  instance ??= start();
  const pglite = await instance;
  const schema = `test_${++schemas}`;
  await pglite.exec(`create schema ${schema}`);
  const session = new PgliteSession(pglite, schema);
  return databaseOn(
    {
      dialect: 'postgres',
      write: (units) => commitBatch(session, units),
      read: (query) => session.read(query),
      async close() {
        await pglite.exec(`drop schema ${schema} cascade`);
      },
    },
    onBatch,
  );
}

/** Ends the instance, whose timer would otherwise keep the process for 10 s. Schemas must be closed before. */
export async function stopPglite(): Promise<void> {
  const stopping = instance;
  instance = undefined;
  await (await stopping)?.close();
}

let instance: Promise<PGlite> | undefined;
let schemas = 0;

async function start(): Promise<PGlite> {
  const { PGlite, types } = await import('@electric-sql/pglite');
  return PGlite.create({
    parsers: {
      [types.INT8]: Number,
      [types.NUMERIC]: Number,
      [types.BOOL]: (text: string) => Number(text === 't'),
    },
  });
}

class PgliteSession implements PostgresSession {
  readonly #pglite: PGlite;
  readonly #schema: string;

  constructor(pglite: PGlite, schema: string) {
    this.#pglite = pglite;
    this.#schema = schema;
  }

  transaction<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    return this.#pglite.transaction(async (transaction) => {
      await transaction.exec(`set local search_path to ${this.#schema}`);
      return await work(new PgliteTransaction(transaction));
    });
  }

  async read(query: Statement): Promise<Row[]> {
    try {
      const rows = await this.#pglite.transaction(async (transaction) => {
        await transaction.exec(`set local search_path to ${this.#schema}; set transaction read only`);
        return await new PgliteTransaction(transaction).run([query]);
      });
      return rows[0] ?? [];
    } catch (error) {
      if (isDataFault(error)) throw new DataError(error.message, { cause: error });
      throw new StoreFailure(String(error), { cause: error });
    }
  }
}

class PgliteTransaction implements PostgresTransaction {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  async run(statements: readonly Statement[]): Promise<Row[][]> {
    const results: Row[][] = [];
    for (const { parts, values } of statements) {
      const text = parts.reduce((text, part, index) => `${text}$${index}${part}`);
      results.push((await this.#transaction.query<Row>(text, [...values])).rows);
    }
    return results;
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    await this.#transaction.exec('savepoint unit');
    try {
      return await work();
    } catch (error) {
      await this.#transaction.exec('rollback to unit');
      throw error;
    } finally {
      await this.#transaction.exec('release unit');
    }
  }
}
