import { DataError, type Row } from './database.ts';
import type { SqlValue, Statement } from './sql.ts';

/** SQLite's limit; PostgreSQL's is twice that. */
const valuesMax = 32_766;

/**
 * Roughly how many bytes the values of the statements take.
 *
 * @throws DataError for a value that one of the databases would refuse or change, so that both refuse it: text with
 *   U+0000 or a lone surrogate (bytes may hold anything), a number that is not a safe integer.
 */
export function checkedBytes(statements: readonly Statement[]): number {
  let bytes = 0;
  for (const { values } of statements) {
    if (values.length > valuesMax)
      throw new DataError(`A statement has ${values.length} values; ${valuesMax} fit.`);
    for (const value of values) bytes += checkedValueBytes(value);
  }
  return bytes;
}

/** Whether both databases take the text. One that they do not is in no column. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** The text without what one of the databases refuses; for names that others choose. */
export function toStorable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

function checkedValueBytes(value: SqlValue): number {
  if (typeof value === 'string') {
    if (!isStorable(value))
      throw new DataError('A text holds U+0000 or half of a surrogate pair; such data is stored as bytes.');
    return value.length;
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value))
      throw new DataError(`${value} is not a whole number of at most 2^53 - 1.`);
    return 8;
  }
  if (value === null) return 0;
  if (value instanceof Uint8Array) return value.byteLength;
  throw new DataError(`A value is ${typeof value}: only text, numbers, bytes and null can be stored.`);
}

/** Rows in the shape that the caller of a query says they have: only the query knows it. */
export function rowsAs<R extends Row>(rows: Row[]): R[];
export function rowsAs(rows: Row[]): Row[] {
  return rows;
}
