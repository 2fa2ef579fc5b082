import type { Database } from '../database.ts';

export interface StalledDatabase extends Database {
  /** From now on no commit is answered, as when a disk hangs; reads go on. */
  stall(): void;
  /** Commits that hang. */
  readonly waiting: number;
  /** The commits go on where they were. */
  goOn(): void;
}

/** A database whose commits hang as long as the test wants. */
export function stalledDatabase(database: Database): StalledDatabase {
  let { promise: moving, resolve: release } = Promise.withResolvers<void>();
  release();
  let waiting = 0;
  return {
    ...database,
    get waiting() {
      return waiting;
    },
    async commit(unit) {
      waiting++;
      await moving;
      waiting--;
      return database.commit(unit);
    },
    stall() {
      ({ promise: moving, resolve: release } = Promise.withResolvers<void>());
    },
    goOn: () => release(),
  };
}
