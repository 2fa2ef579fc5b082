/** SQLite's primary result codes for which the statement or its values are to blame, not the store. */
const dataFaults = new Set([
  1, // SQLITE_ERROR: wrong SQL, no such table
  18, // SQLITE_TOOBIG
  19, // SQLITE_CONSTRAINT
  20, // SQLITE_MISMATCH
  25, // SQLITE_RANGE: more values than placeholders
]);

/** Whether repeating the statement would fail the same way. All else is I/O, space, corruption or a lock. */
export function isDataFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  // Node's own checks of values, before and after SQLite, carry no SQLite code.
  return 'errcode' in error ? dataFaults.has(Number(error.errcode) & 0xff) : 'code' in error;
}

/** Whether a read tried to write. */
export function isWriteInRead(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 8; // SQLITE_READONLY
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
