import type { Database } from '../../src/database/database.ts';
import type { Statement } from '../../src/database/sql.ts';

/** What a unit of work is about, told by its statements. */
export type UnitKind =
  /** A row of the inbox is made. */
  | 'stanza'
  /** A message is decrypted: its ratchet, and its row. */
  | 'ratchet'
  /** A ratchet alone: something is encrypted. */
  | 'session'
  /** Which devices have the key of a group. */
  | 'group-key-holders'
  | 'creds'
  | 'app-state-key'
  /** A collection of the shared settings moves on, with rows for its changes. */
  | 'app-state-version'
  /** The drain ends a row, with events. */
  | 'append'
  /** The drain ends a row, without any. */
  | 'end'
  | 'settle'
  /** The body of a delivery with a file in it is stored. */
  | 'freeze'
  | 'retention'
  | 'migration'
  | 'outgoing'
  | 'other';

/**
 * When to kill: before the unit reaches the store, while the store works on it, or when it is on disk and nobody knows
 * yet. `held` kills nobody: the unit never reaches the store, so that what comes before it can be seen.
 */
export interface Kill {
  readonly when: 'before' | 'during' | 'after' | 'held';
  /** `any` counts every unit. */
  readonly units: readonly UnitKind[] | 'any';
  /** Which of these units, from 1; `held` holds this one and all later ones. */
  readonly nth: number;
}

export interface KillingDatabase extends Database {
  /** Counts from now on; null kills nobody any more. */
  arm(kill: Kill | null): void;
}

/** A database that kills its own process, with SIGKILL, at the point that a test names. */
export function killingDatabase(database: Database, first: Kill | null): KillingDatabase {
  let kill = first;
  let seen = 0;
  const isDue = (unit: readonly Statement[]) => {
    if (kill === null || (kill.units !== 'any' && !kill.units.includes(kindOf(unit)))) return false;
    seen++;
    return kill.when === 'held' ? seen >= kill.nth : seen === kill.nth;
  };
  return {
    dialect: database.dialect,
    arm(wanted) {
      kill = wanted;
      seen = 0;
    },
    all: (query) => database.all(query),
    first: (query) => database.first(query),
    async commit(unit) {
      const when = isDue(unit) ? kill?.when : undefined;
      if (when === 'held') return new Promise<never>(() => undefined);
      if (when === 'before') die();
      const committed = database.commit(unit);
      if (when === 'during') setImmediate(die);
      const rows = await committed;
      if (when === 'after') die();
      return rows;
    },
    announce: () => database.announce(),
    close: () => database.close(),
  };
}

export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function kindOf(unit: readonly Statement[]): UnitKind {
  const texts = unit.map(({ parts }) => (parts[0] ?? '').trim());
  const has = (start: string) => texts.some((text) => text.startsWith(start));
  const keys = unit.flatMap(({ values }, index) => {
    const isKey = texts[index]?.startsWith('insert into auth_keys') ?? false;
    return isKey ? [String(values[1])] : [];
  });
  if (has('insert into events')) return 'append';
  if (keys.includes('app-state-sync-version')) return 'app-state-version';
  if (has('update deliveries set state')) return 'settle';
  if (has('update deliveries set media')) return 'freeze';
  if (has('update inbox set state') && keys.length > 0) return 'ratchet';
  if (has('insert into inbox')) return 'stanza';
  if (unit.some(isRetention)) return 'retention';
  if (has('update inbox set state') || has('delete from inbox where instance_id')) return 'end';
  if (has('insert into outgoing')) return 'outgoing';
  if (has('alter table')) return 'migration';
  if (keys.includes('creds')) return 'creds';
  if (keys.includes('app-state-sync-key')) return 'app-state-key';
  if (keys.includes('session') || keys.includes('sender-key')) return 'session';
  if (keys.includes('sender-key-memory')) return 'group-key-holders';
  return 'other';
}

/** Old rows go in ranges, and only what is over. */
function isRetention({ parts }: Statement): boolean {
  const text = parts.join('?');
  return (
    /^\s*delete from (events|deliveries|event_identities|inbox)\s/.test(text) && /state|in \(|id >/.test(text)
  );
}
