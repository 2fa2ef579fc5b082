import { DatabaseSync } from 'node:sqlite';
import postgres from 'postgres';

/** Reads the gateway's database beside it, whatever it does at the moment. */
export interface StoreReader {
  all<Row>(query: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** `location` as in `EAZEWA_DATABASE`. */
export function readStore(location: string): StoreReader {
  return /^postgres(ql)?:/.test(location) ? readPostgres(location) : readSqlite(location);
}

function readSqlite(path: string): StoreReader {
  return {
    async all<Row>(query: string) {
      // Opened each time: after a kill the next one to open the file repairs it, and that must be the gateway.
      const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
      try {
        return database.prepare(query).all() as Row[];
      } finally {
        database.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

function readPostgres(url: string): StoreReader {
  const client = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    // 64-bit numbers as numbers: nothing here comes near their limit.
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
  });
  return {
    async all<Row>(query: string) {
      return [...(await client.unsafe(query))] as Row[];
    },
    close: () => client.end(),
  };
}
