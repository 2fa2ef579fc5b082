import { DataError, type Row } from './database.ts';
import type { Unit, UnitResult } from './group-commit.ts';
import { isConflict, isDataFault } from './postgres-faults.ts';
import type { Statement } from './sql.ts';

/** What a client of PostgreSQL must be able to do, so that batches work the same on each. */
export interface PostgresTransaction {
  /** Sends all statements at once; the first failure rejects. */
  run(statements: readonly Statement[]): Promise<Row[][]>;
  /** Keeps what `work` did when it resolves, undoes it when it rejects. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

export interface PostgresSession {
  /** Commits when `work` resolves, rolls back when it rejects. */
  transaction<T>(work: (transaction: PostgresTransaction) => Promise<T>): Promise<T>;
}

const triesMax = 5;

/**
 * Commits a batch. Savepoints would cost a round trip per unit, and units at fault are rare: so the batch is tried
 * without, and only after a unit was refused is it repeated unit by unit.
 */
export async function commitBatch(session: PostgresSession, units: readonly Unit[]): Promise<UnitResult[]> {
  try {
    return await withoutConflicts(() => together(session, units));
  } catch (error) {
    if (!isDataFault(error)) throw error;
    if (units.length === 1) return [new DataError(error.message)];
  }
  return await withoutConflicts(() => oneByOne(session, units));
}

function together(session: PostgresSession, units: readonly Unit[]): Promise<UnitResult[]> {
  return session.transaction(async (transaction) => {
    const rows = await transaction.run(units.flat());
    let offset = 0;
    return units.map((unit) => rows.slice(offset, (offset += unit.length)));
  });
}

function oneByOne(session: PostgresSession, units: readonly Unit[]): Promise<UnitResult[]> {
  return session.transaction(async (transaction) => {
    const results: UnitResult[] = [];
    for (const unit of units) {
      try {
        results.push(await transaction.savepoint(() => transaction.run(unit)));
      } catch (error) {
        if (!isDataFault(error)) throw error;
        results.push(new DataError(error.message));
      }
    }
    return results;
  });
}

/** The server ended the transaction so that another one can go on: it did nothing, and is simply repeated. */
async function withoutConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || tries === triesMax) throw error;
    }
  }
}
