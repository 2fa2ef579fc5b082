import type { Database, Row } from './database.ts';
import { type Batch, GroupCommit, type Unit, type UnitResult } from './group-commit.ts';
import type { Statement } from './sql.ts';
import { checkedBytes, rowsAs } from './values.ts';

/** What is different about each database; `databaseOn` makes the port of it. */
export interface Driver {
  readonly dialect: Database['dialect'];
  /** As `GroupCommitOptions.write`. */
  write(units: readonly Unit[]): Promise<UnitResult[]>;
  /** @throws DataError when the statement is at fault or writes, StoreFailure when the store is. */
  read(query: Statement): Promise<Row[]>;
  close(): Promise<void>;
}

export function databaseOn(driver: Driver, onBatch?: (batch: Batch) => void): Database {
  const commits = new GroupCommit({ write: (units) => driver.write(units), onBatch });
  const all = async <R extends Row>(query: Statement): Promise<R[]> => {
    checkedBytes([query]);
    return rowsAs<R>(await driver.read(query));
  };
  return {
    dialect: driver.dialect,
    all,
    first: async <R extends Row>(query: Statement) => (await all<R>(query))[0],
    announce: () => commits.announce(),
    commit: (unit, options) => commits.commit(unit, options),
    async close() {
      await commits.close();
      await driver.close();
    },
  };
}
