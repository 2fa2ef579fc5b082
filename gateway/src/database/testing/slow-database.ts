import { type Database, StoreFailure } from '../database.ts';

export interface SlowDatabase extends Database {
  /** While true, whatever is asked fails with a StoreFailure; what was asked before goes on. */
  failing: boolean;
  /** Milliseconds that an answer is late; may change at any time. */
  delayMs: number;
}

/** A database whose answers come `delayMs` later than they are ready, in the same order: a slow disk, for tests. */
export function slowDatabase(database: Database, delayMs: number): SlowDatabase {
  const later = async <T>(start: () => Promise<T>): Promise<T> => {
    const work = slow.failing
      ? Promise.reject(new StoreFailure('The store fails, as the test wants.'))
      : start();
    await work.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, slow.delayMs));
    return await work;
  };
  const slow: SlowDatabase = {
    dialect: database.dialect,
    failing: false,
    delayMs,
    all: (query) => later(() => database.all(query)),
    first: (query) => later(() => database.first(query)),
    commit: (unit) => later(() => database.commit(unit)),
    announce: () => database.announce(),
    close: () => database.close(),
  };
  return slow;
}
