import { DatabaseSync } from 'node:sqlite';
import { makePrivateFile } from './sqlite-file.ts';

/**
 * Takes the file for this process, or says in one line that another process has it. The lock is the operating system's
 * on a file of its own (`…-lock`), so it ends with the process, however that ends. Returns what releases it.
 */
export function lockSqliteFile(path: string): () => void {
  makePrivateFile(`${path}-lock`);
  const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 });
  try {
    lock.exec('pragma journal_mode = memory; pragma locking_mode = exclusive; begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `The database ${path} is in use by another process. Stop that one first, or choose another file.`,
      { cause: error },
    );
  }
  return () => lock.close();
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
}
