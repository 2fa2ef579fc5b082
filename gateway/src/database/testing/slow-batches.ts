import { type Database, DataError } from '../database.ts';
import { GroupCommit } from '../group-commit.ts';

export interface SlowBatches extends Database {
  /** How many units each commit had. */
  readonly batches: number[];
}

/**
 * A database on which each commit takes `delayMs` longer, one after the other as on a real disk, and each read too: what
 * comes meanwhile forms the next commit.
 */
export function slowBatches(database: Database, delayMs: number): SlowBatches {
  const batches: number[] = [];
  const later = () => new Promise((resolve) => setTimeout(resolve, delayMs));
  const commits = new GroupCommit({
    async write(units) {
      await later();
      return await Promise.all(
        units.map((unit) =>
          database.commit(unit).catch((error: unknown) => {
            if (error instanceof DataError) return error;
            throw error;
          }),
        ),
      );
    },
    onBatch: ({ units }) => void batches.push(units),
  });
  return {
    ...database,
    batches,
    async all(query) {
      await later();
      return database.all(query);
    },
    async first(query) {
      await later();
      return database.first(query);
    },
    commit: (unit) => commits.commit(unit),
    async close() {
      await commits.close();
      await database.close();
    },
  };
}
