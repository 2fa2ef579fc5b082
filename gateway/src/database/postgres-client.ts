import postgres from 'postgres';
import type { Row } from './database.ts';
import { textsWith, type Statement } from './sql.ts';

type Types = { integer: number; truth: number };
export type PostgresClient = postgres.Sql<Types>;
export type PostgresTransactionClient = postgres.TransactionSql<Types>;

export interface PostgresClientOptions {
  readonly connections: number;
  /** Settings of each session. */
  readonly session?: Readonly<Record<string, string>>;
  /** A connection has ended, whoever ended it. */
  readonly onClose?: () => void;
}

/** More texts than this are not kept prepared: lists of changing length would fill the server's memory. */
const preparedMax = 500;
const prepared = new Set<string>();

/** A pool whose values are those of `SqlValue`: integers and booleans as numbers, `bytea` as bytes. */
export function connectPostgres(url: string, options: PostgresClientOptions): PostgresClient {
  return postgres(url, {
    ...unlisted,
    max: options.connections,
    max_lifetime: null,
    connect_timeout: 10,
    keep_alive: 15,
    fetch_types: false,
    onnotice: () => {},
    onclose: () => options.onClose?.(),
    connection: { application_name: 'eazewa', ...options.session },
    types: {
      integer: { to: 20, from: [20, 1700], serialize: String, parse: Number },
      truth: { to: 16, from: [16], serialize: String, parse: (text: string) => Number(text === 't') },
    },
  });
}

/** The client's types do not know it: so many statements are sent before the first is answered. */
const unlisted = { max_pipeline: 2_000 };

/** Sends the statement at once; the answer comes in the order of sending. */
export async function send(
  client: PostgresClient | PostgresTransactionClient,
  statement: Statement,
): Promise<Row[]> {
  const text = textOf(statement);
  if (prepared.size < preparedMax) prepared.add(text);
  return [...(await client.unsafe<Row[]>(text, [...statement.values], { prepare: prepared.has(text) }))];
}

const textOf = textsWith((number) => `$${number}`);
