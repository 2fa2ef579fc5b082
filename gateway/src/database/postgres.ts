import { connect } from 'node:net';
import { type Database, DataError, StoreFailure } from './database.ts';
import { databaseOn } from './driver.ts';
import type { Batch } from './group-commit.ts';
import { commitBatch } from './postgres-batch.ts';
import { isDataFault } from './postgres-faults.ts';
import { PostgresReaders } from './postgres-readers.ts';
import { postgresTrouble } from './postgres-words.ts';
import { PostgresWriter } from './postgres-writer.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; parameters such as `?sslmode=require` or `search_path` may follow. */
  readonly url: string;
  /** Connections for reads, besides the one that writes. */
  readonly readers?: number;
  /** How long a start waits for another gateway to let go of the database: one that was killed does so when the server notices. */
  readonly lockWaitMs?: number;
  /** How long a batch or a read may take before it counts as lost. */
  readonly answerWithinMs?: number;
  readonly onBatch?: (batch: Batch) => void;
}

/**
 * Opens a PostgreSQL database. It must be reached directly or through a pooler in session mode.
 *
 * After a StoreFailure nobody knows whether the last batch was committed; the next call connects again.
 *
 * @throws Error with one plain line when the database cannot be used, or another gateway has it.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { url, readers: connections = 3, lockWaitMs = 10_000, answerWithinMs = 30_000, onBatch } = options;
  const words = (error: unknown) => postgresTrouble(url, error);
  const writer = new PostgresWriter({ url, lockWaitMs, answerWithinMs });
  try {
    await reach(url);
    await writer.connect();
  } catch (error) {
    throw new Error(words(error), { cause: error });
  }
  const readers = new PostgresReaders({ url, connections, answerWithinMs });
  return databaseOn(
    {
      dialect: 'postgres',
      async write(units) {
        try {
          return await commitBatch(writer, units);
        } catch (error) {
          throw new StoreFailure(words(error), { cause: error });
        }
      },
      async read(query) {
        try {
          return await readers.read(query);
        } catch (error) {
          if (isDataFault(error)) throw new DataError(error.message, { cause: error });
          throw new StoreFailure(words(error), { cause: error });
        }
      },
      async close() {
        await Promise.all([writer.close(), readers.close()]);
      },
    },
    onBatch,
  );
}

const reachWithinMs = 10_000;

/** Looks first whether anybody is there: the client's own way to say so has been seen to take its time. */
async function reach(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '') || '127.0.0.1';
  const socket = connect({ host, port: Number(port || 5432), timeout: reachWithinMs });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })));
    });
  } finally {
    socket.destroy();
  }
}
