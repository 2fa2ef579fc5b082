import { accessSync, closeSync, constants, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the database file when it is missing, readable by its owner only (SQLite gives its log the same mode), and
 * returns its real path, the same for every name of the file.
 *
 * @throws Error with one plain line that names the path and says what to do.
 */
export function prepareSqliteFile(path: string): string {
  try {
    makePrivateFile(path);
    if (statSync(path).isDirectory()) throw new Error('it is a folder. Choose the path of a file.');
    accessSync(path, constants.R_OK | constants.W_OK);
    return realpathSync(path);
  } catch (error) {
    throw new Error(`Cannot open the database ${path}: ${inPlainWords(path, error)}`, { cause: error });
  }
}

/** A file that exists is not opened: closing it again would drop the locks that this process holds on it. */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function inPlainWords(path: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `the folder ${dirname(path)} does not exist. Make it, or choose another path.`;
    case 'EACCES':
    case 'EPERM':
      return `this user may not write there. Give it write access to the file and to ${dirname(path)}, or choose another path.`;
    case 'EROFS':
      return 'it is on a read-only file system. Choose a path that can be written.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full. Make space, or choose another path.';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
