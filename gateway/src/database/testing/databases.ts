import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import postgres from 'postgres';
import type { Database } from '../database.ts';
import type { Batch } from '../group-commit.ts';
import { migrate } from '../migrate.ts';
import { openDatabase } from '../open-database.ts';
import { openPostgres } from '../postgres.ts';
import { openPglite, stopPglite } from './pglite.ts';

const isServerWanted =
  Boolean(process.env['EAZEWA_TEST_POSTGRES_URL']) || process.env['EAZEWA_TEST_REQUIRE_POSTGRES'] === '1';

export interface TestDatabase {
  /** For the test's name. */
  readonly name: 'SQLite' | 'PGlite' | 'PostgreSQL';
  /** A new database with all tables, empty. What the test does not close is closed after its file. */
  readonly open: (onBatch?: (batch: Batch) => void) => Promise<Database>;
}

/**
 * The databases that every store is tested on: SQLite in a temporary folder, and PostgreSQL. That is the server of
 * `EAZEWA_TEST_POSTGRES_URL`, and PGlite where none is named: the same engine, which takes seconds to start. What tests
 * PGlite itself asks for it in any case. `EAZEWA_TEST_REQUIRE_POSTGRES=1` makes a missing server a failure.
 *
 * @example for (const { name, open } of testDatabases()) test(`${name}: …`, async () => { const database = await open(); … })
 */
export function testDatabases({ withPglite = !isServerWanted } = {}): TestDatabase[] {
  const opened = new Set<Database>();
  after(async () => {
    await Promise.all([...opened].map((database) => database.close()));
    await stopPglite();
  });
  const remembered =
    (open: TestDatabase['open']): TestDatabase['open'] =>
    async (onBatch) => {
      const database = await open(onBatch);
      const close = async () => {
        if (opened.delete(remembering)) await database.close();
      };
      const remembering: Database = { ...database, close };
      opened.add(remembering);
      return remembering;
    };
  return [
    { name: 'SQLite', open: remembered(openTemporarySqlite) },
    ...(withPglite ? [{ name: 'PGlite' as const, open: remembered(openMigratedPglite) }] : []),
    ...(isServerWanted ? [{ name: 'PostgreSQL' as const, open: remembered(openTemporaryPostgres) }] : []),
  ];
}

async function openTemporarySqlite(onBatch?: (batch: Batch) => void): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'eazewa-database-'));
  const database = await openDatabase(join(folder, 'test.sqlite'), withBatches(onBatch));
  return closingWith(database, () => rmSync(folder, { recursive: true }));
}

async function openMigratedPglite(onBatch?: (batch: Batch) => void): Promise<Database> {
  const database = await openPglite(onBatch);
  await migrate(database);
  return database;
}

async function openTemporaryPostgres(onBatch?: (batch: Batch) => void): Promise<Database> {
  const server = process.env['EAZEWA_TEST_POSTGRES_URL'];
  if (!server) throw new Error('EAZEWA_TEST_REQUIRE_POSTGRES=1 needs a server in EAZEWA_TEST_POSTGRES_URL.');
  const { url, drop } = await temporarySchema(server);
  try {
    // A file may have dozens of them open, and a server takes no more than 100 connections.
    const database = await openPostgres({ url, readers: 1, ...withBatches(onBatch) });
    await migrate(database);
    return closingWith(database, drop);
  } catch (error) {
    await drop();
    throw error;
  }
}

/** A URL of the same database with a new schema, so that tests of several processes can share the server. */
export async function temporarySchema(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const schema = `eazewa_test_${process.pid}_${++schemas}`;
  await runOn(server, `drop schema if exists ${schema} cascade; create schema ${schema}`);
  const url = new URL(server);
  url.searchParams.set('search_path', schema);
  return { url: url.href, drop: () => runOn(server, `drop schema ${schema} cascade`) };
}

async function runOn(server: string, statements: string): Promise<void> {
  const client = postgres(server, { max: 1, onnotice: () => {} });
  await client.unsafe(statements);
  await client.end();
}

let schemas = 0;

function withBatches(onBatch?: (batch: Batch) => void) {
  return onBatch ? { onBatch } : {};
}

function closingWith(database: Database, cleanUp: () => Promise<void> | void): Database {
  return {
    ...database,
    async close() {
      await database.close();
      await cleanUp();
    },
  };
}
