import type { Row } from './database.ts';
import { answered } from './postgres-answer.ts';
import { connectPostgres, type PostgresClient, send } from './postgres-client.ts';
import { isSurvivable } from './postgres-faults.ts';
import type { Statement } from './sql.ts';

export interface PostgresReadersOptions {
  readonly url: string;
  readonly connections: number;
  readonly answerWithinMs: number;
}

/**
 * The connections that read. After a failure all of them are given up and the next read makes new ones: a connection
 * through a network that swallows everything would keep its query for a quarter of an hour, and the client's own way to
 * connect again waits for up to 20 s although the server is back.
 */
export class PostgresReaders {
  readonly #options: PostgresReadersOptions;
  #client: PostgresClient | undefined;

  constructor(options: PostgresReadersOptions) {
    this.#options = options;
  }

  /** @throws whatever the server or the client says, or a StoreFailure when there is no answer in time. */
  async read(query: Statement): Promise<Row[]> {
    const { url, connections, answerWithinMs } = this.#options;
    this.#client ??= connectPostgres(url, { connections, session: { default_transaction_read_only: 'on' } });
    const client = this.#client;
    try {
      return await answered(send(client, query), answerWithinMs);
    } catch (error) {
      if (!isSurvivable(error)) await this.#giveUp(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client?.end({ timeout: 5 });
  }

  async #giveUp(client: PostgresClient): Promise<void> {
    if (this.#client === client) this.#client = undefined;
    await client.end({ timeout: 0 });
  }
}
