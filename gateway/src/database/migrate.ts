import type { Database } from './database.ts';
import { initial } from './migrations/001-initial.ts';
import { retention } from './migrations/002-retention.ts';
import { recovery } from './migrations/003-recovery.ts';
import { webhooks } from './migrations/004-webhooks.ts';
import { groups } from './migrations/005-groups.ts';
import { media } from './migrations/006-media.ts';
import { type Dialect, postgresDialect, sqliteDialect } from './migrations/dialect.ts';
import { raw, sql } from './sql.ts';

/** In order, never changed once released; a migration's version is its place, from 1. */
export const migrations: readonly Migration[] = [initial, retention, recovery, webhooks, groups, media];

/** The statements of one step from one version of the tables to the next. */
export type Migration = (dialect: Dialect) => string[];

/**
 * Brings the tables to this version of the gateway. Each migration is one unit together with its mark, so a stop at any
 * moment leaves whole migrations only, and the next start goes on from there.
 *
 * @throws Error with one plain sentence when the database was written by a newer gateway.
 */
export async function migrate(database: Database, known: readonly Migration[] = migrations): Promise<void> {
  const dialect = database.dialect === 'sqlite' ? sqliteDialect : postgresDialect;
  await database.commit([
    raw(`create table if not exists schema_version (version ${dialect.integer} primary key)`),
  ]);
  const row = await database.first<{ version: number | null }>(
    sql`select max(version) as version from schema_version`,
  );
  const current = row?.version ?? 0;
  if (current > known.length)
    throw new Error(
      `The database has version ${current} of the tables and this gateway knows ${known.length}: a newer gateway has used it. Start that one, or restore a backup from before.`,
    );
  for (const [index, migration] of known.entries()) {
    const version = index + 1;
    if (version > current)
      await database.commit([
        ...migration(dialect).map(raw),
        sql`insert into schema_version (version) values (${version})`,
      ]);
  }
}
