import { type Row, StoreFailure } from './database.ts';
import { answered } from './postgres-answer.ts';
import type { PostgresSession, PostgresTransaction } from './postgres-batch.ts';
import {
  connectPostgres,
  type PostgresClient,
  type PostgresTransactionClient,
  send,
} from './postgres-client.ts';
import { isSurvivable } from './postgres-faults.ts';
import { sql, type Statement } from './sql.ts';

/** A dead peer is noticed by the server after 20 s, so that its lock does not stay for hours. */
const session = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '2',
};
const lockRetryMs = 100;

export interface PostgresWriterOptions {
  readonly url: string;
  /** How long to wait for another gateway to let go of the lock. */
  readonly lockWaitMs: number;
  readonly answerWithinMs: number;
}

/**
 * The one connection that writes, so that units keep their order. It holds a lock of the server (per database and
 * schema): one gateway writes, and after a broken connection nothing begins before the server has ended the old one,
 * with whatever it was still doing.
 */
export class PostgresWriter implements PostgresSession {
  readonly #options: PostgresWriterOptions;
  #client: PostgresClient | undefined;
  /** The server's process of the connection that held the lock last. */
  #pid = 0;

  constructor(options: PostgresWriterOptions) {
    this.#options = options;
  }

  /** Connects, unless it is connected, and takes the lock. */
  async connect(): Promise<PostgresClient> {
    if (this.#client) return this.#client;
    const client = connectPostgres(this.#options.url, {
      connections: 1,
      session,
      onClose: () => this.#forget(client),
    });
    try {
      await answered(this.#lock(client), this.#options.lockWaitMs + this.#options.answerWithinMs);
    } catch (error) {
      await client.end({ timeout: 0 });
      throw error;
    }
    this.#client = client;
    return client;
  }

  async transaction<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> {
    const client = await this.connect();
    try {
      const begun = client.begin(async (transaction) => ({
        value: await work(new Transaction(transaction)),
      }));
      return (await answered(begun, this.#options.answerWithinMs)).value;
    } catch (error) {
      if (!isSurvivable(error)) {
        this.#forget(client);
        await client.end({ timeout: 0 });
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client?.end({ timeout: 5 });
  }

  #forget(client: PostgresClient): void {
    if (this.#client === client) this.#client = undefined;
  }

  async #lock(client: PostgresClient): Promise<void> {
    const giveUpAt = performance.now() + this.#options.lockWaitMs;
    for (;;) {
      const [row] = await send(client, tryLock(this.#pid));
      if (row?.['schema'] === null)
        throw new StoreFailure(
          'its search_path names no schema that exists. Make the schema, or correct the path.',
        );
      if (row?.['locked'] === 1) {
        this.#pid = Number(row['pid']);
        return;
      }
      if (performance.now() >= giveUpAt)
        throw new StoreFailure(
          'another gateway is using it. Stop that one first, or choose another database.',
        );
      await new Promise((resolve) => setTimeout(resolve, lockRetryMs));
    }
  }
}

/** Also ends the process of our own last connection, if that still holds the lock: nobody listens to it any more. */
function tryLock(lastPid: number): Statement {
  return sql`select
    current_schema() as schema,
    pg_backend_pid() as pid,
    (select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and pid = ${lastPid}) as ended,
    pg_try_advisory_lock(hashtext('eazewa'), hashtext(current_schema())) as locked`;
}

class Transaction implements PostgresTransaction {
  #client: PostgresTransactionClient;

  constructor(client: PostgresTransactionClient) {
    this.#client = client;
  }

  run(statements: readonly Statement[]): Promise<Row[][]> {
    return orNever(Promise.all(statements.map((statement) => send(this.#client, statement))));
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const outer = this.#client;
    const saved = outer.savepoint(async (inner) => {
      this.#client = inner;
      return { value: await work() };
    });
    try {
      return (await orNever(saved)).value;
    } finally {
      this.#client = outer;
    }
  }
}

/**
 * Does not settle when the connection is lost. The client ends the transaction by itself then; if the transaction's own
 * work failed too, the client would write a rollback into the closed socket, and that throws where nobody can catch it.
 */
async function orNever<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isSurvivable(error)) throw error;
    return await new Promise<never>(() => {});
  }
}
