import type { Database } from './database.ts';
import type { Batch } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { openSqlite } from './sqlite.ts';

export interface OpenOptions {
  /** Hears of each batch that was committed. */
  readonly onBatch?: (batch: Batch) => void;
}

/**
 * Opens the database that the setting names, with its tables up to date: `postgres://…` is a PostgreSQL database,
 * anything else the path of a SQLite file (`sqlite:` in front is allowed).
 *
 * @throws Error with one plain line when it cannot be used.
 */
export async function openDatabase(location: string, options: OpenOptions = {}): Promise<Database> {
  const database = await openUnmigrated(location, options);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** Opens the database as it is, without touching its tables. */
export async function openUnmigrated(location: string, options: OpenOptions = {}): Promise<Database> {
  const file = fileOf(location);
  if (file === null) {
    // Only who uses it pays for its client.
    const { openPostgres } = await import('./postgres.ts');
    return openPostgres({ url: location, ...options });
  }
  return openSqlite({ path: file, ...options });
}

/** The path of the SQLite file that the setting names; null when it names a PostgreSQL database. */
export function fileOf(location: string): string | null {
  return /^postgres(ql)?:/.test(location) ? null : location.replace(/^sqlite:(\/\/(?=\/))?/, '');
}
