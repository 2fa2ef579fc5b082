import type { Database } from '../../src/database/database.ts';
import type { Statement } from '../../src/database/sql.ts';

/** What a unit of work is about, told by its statements. */
export type UnitKind =
  | 'stanza'
  | 'ratchet'
  | 'append'
  | 'settle'
  | 'retention'
  | 'migration'
  | 'outgoing'
  | 'other';

/** When to kill: before the unit reaches the store, while the store works on it, or when it is on disk and nobody knows yet. */
export interface Kill {
  readonly when: 'before' | 'during' | 'after';
  /** `any` counts every unit. */
  readonly unit: UnitKind | 'any';
  /** Which unit of that kind, from 1. */
  readonly nth: number;
}

/** A database that kills its own process, with SIGKILL, at the point that a test names. */
export function killingDatabase(database: Database, kill: Kill | null): Database {
  let seen = 0;
  return {
    dialect: database.dialect,
    all: (query) => database.all(query),
    first: (query) => database.first(query),
    async commit(unit) {
      const isPoint =
        kill !== null && (kill.unit === 'any' || kindOf(unit) === kill.unit) && ++seen === kill.nth;
      if (isPoint && kill.when === 'before') die();
      const committed = database.commit(unit);
      if (isPoint && kill.when === 'during') setImmediate(die);
      const rows = await committed;
      if (isPoint && kill.when === 'after') die();
      return rows;
    },
    close: () => database.close(),
  };
}

export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function kindOf(unit: readonly Statement[]): UnitKind {
  const texts = unit.map(({ parts }) => (parts[0] ?? '').trim());
  const has = (start: string) => texts.some((text) => text.startsWith(start));
  if (has('insert into events')) return 'append';
  if (has('update deliveries set state')) return 'settle';
  if (has('update inbox set state') && has('insert into auth_keys')) return 'ratchet';
  if (has('insert into inbox')) return 'stanza';
  if (has('delete from inbox where state')) return 'retention';
  if (has('insert into outgoing')) return 'outgoing';
  if (has('alter table')) return 'migration';
  return 'other';
}
