import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * The key that seals secrets in the database: the one in the file, or a new one that is put there, readable by the
 * owner only. Losing it makes the stored credentials worthless.
 *
 * @throws Error with one plain line when the file cannot be read, written or understood.
 */
export async function loadSecretKey(path: string): Promise<Uint8Array> {
  const existing = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Error(`The key file ${path} cannot be read (${error.code}). Give this user access to it.`, {
      cause: error,
    });
  });
  if (existing === null) return createKey(path);
  const key = Buffer.from(existing.trim(), 'hex');
  if (key.length !== 32) {
    throw new Error(`The key file ${path} is damaged: it must hold 64 hex digits. Put back your copy of it.`);
  }
  return key;
}

async function createKey(path: string): Promise<Uint8Array> {
  const key = randomBytes(32);
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(`${key.toString('hex')}\n`);
    await file.sync();
    await file.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`The key file ${path} cannot be written (${code}). Choose another EAZEWA_DATA_DIR.`, {
      cause: error,
    });
  }
  return key;
}

/** Makes the data folder, for the owner only. @throws Error with one plain line when that is not possible. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeEach(resolve(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`The folder ${path} cannot be made (${code}). Choose another EAZEWA_DATA_DIR.`, {
      cause: error,
    });
  }
}

/** Not `mkdir` with `recursive`: where the parent exists and takes no folders, as in /proc, Node tries for ever. */
async function makeEach(path: string): Promise<void> {
  if (existsSync(path)) return;
  if (dirname(path) !== path) await makeEach(dirname(path));
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
