import type { Database } from './database.ts';
import type { Statement } from './sql.ts';

/** What is to be forgotten: all from before `before`. Both are milliseconds since 1970. */
export interface Age {
  readonly before: number;
  readonly now: number;
}

/**
 * Rows that one unit of work removes at most. Everybody's commits wait for it, and keys that are spread over a table cost
 * a page or two for each row.
 */
export const rowsPerUnit = 200;

/**
 * Repeats a statement that removes at most `rowsPerUnit` rows and returns one for each, as long as there may be more.
 * Yields how many went, after each unit.
 */
export async function* deleteInUnits(database: Database, statement: Statement): AsyncGenerator<number> {
  for (;;) {
    const [gone = []] = await database.commit([statement]);
    yield gone.length;
    if (gone.length < rowsPerUnit) return;
  }
}

/**
 * Of rows in the order in which they were written those that come before the first young one. A row from the future was
 * written while the clock was wrong, and says nothing about those behind it.
 */
export function oldPart<Row>(rows: readonly Row[], timeOf: (row: Row) => number, age: Age): readonly Row[] {
  const young = rows.findIndex((row) => timeOf(row) >= age.before && timeOf(row) <= age.now);
  return young === -1 ? rows : rows.slice(0, young);
}
