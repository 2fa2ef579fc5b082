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

/** Why the store fails, in one plain sentence with what to do; SQLite's own words where there are no better ones. */
export function troubleOf(error: unknown): string {
  const words =
    error instanceof Error && 'errcode' in error ? plainWords[Number(error.errcode) & 0xff] : undefined;
  return words === undefined ? messageOf(error) : `${words} (SQLite: ${messageOf(error)}).`;
}

/** By SQLite's primary result codes. */
const plainWords: Readonly<Record<number, string>> = {
  8: 'the database may not be written. Look whether its disk has become read-only, and who owns the files',
  10: 'the disk is full, has a fault or may not be written. Look at its space and at what the operating system says',
  11: 'the database file is damaged. Stop the gateway and put back a copy of it',
  13: 'the disk is full. Make space on it',
  14: 'the database file cannot be opened. Look whether its folder is there and its disk mounted',
};
