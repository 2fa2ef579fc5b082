import { type Database, type Row, StoreFailure } from '../../database/database.ts';
import type { Statement } from '../../database/sql.ts';
import { turns } from '../../testing/until.ts';

export interface HeldDatabase extends Database {
  /** Units that were asked for and are not let go yet, in order. */
  readonly held: readonly (readonly Statement[])[];
  /** Commits the oldest `count` of them, all unless said otherwise; resolves when they are on disk. */
  letGo(count?: number): Promise<void>;
  /** Fails all of them as a broken disk would. */
  fail(): Promise<void>;
}

interface Held {
  readonly unit: readonly Statement[];
  readonly go: () => Promise<void>;
  readonly fail: () => void;
}

/** A database whose commits wait until the test lets them go; reads go on. */
export function heldDatabase(database: Database): HeldDatabase {
  let waiting: Held[] = [];
  const take = (count = waiting.length) => {
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  };
  return {
    dialect: database.dialect,
    all: (query) => database.all(query),
    first: (query) => database.first(query),
    commit(unit) {
      const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
      const go = async () => {
        const done = database.commit(unit);
        resolve(done);
        await done.catch(() => undefined);
      };
      waiting.push({
        unit,
        go,
        fail: () => reject(new StoreFailure('The disk is gone, as the test wants.')),
      });
      return promise;
    },
    announce: () => database.announce(),
    close: () => database.close(),
    get held() {
      return waiting.map(({ unit }) => unit);
    },
    async letGo(count) {
      await Promise.all(take(count).map(({ go }) => go()));
      await turns();
    },
    async fail() {
      for (const { fail } of take()) fail();
      await turns();
    },
  };
}
