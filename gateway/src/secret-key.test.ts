import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSecretKey, makeFolder } from './secret-key.ts';

const folder = await mkdtemp(join(tmpdir(), 'eazewa-key-'));
after(() => rm(folder, { recursive: true }));

test('the first start makes a key that only the owner can read, and the next one finds it', async () => {
  const path = join(folder, 'secret.key');
  const key = await loadSecretKey(path);
  assert.equal(key.length, 32);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await loadSecretKey(path), Buffer.from(key));
});

test('a damaged key is never replaced', async () => {
  const path = join(folder, 'damaged.key');
  await writeFile(path, 'half a key');
  await assert.rejects(loadSecretKey(path), /is damaged/);
  assert.equal(await readFile(path, 'utf8'), 'half a key');
});

test('a folder is made with those above it, for the owner only, and may be there already', async () => {
  const path = join(folder, 'a', 'b', 'c');
  await makeFolder(path);
  await makeFolder(path);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
});

test('a folder that cannot be made is said in one line, also where the parent takes none', async () => {
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(
    makeFolder(join(folder, 'file', 'below')),
    /^Error: The folder .* cannot be made \(ENOTDIR\)/,
  );
  await assert.rejects(
    makeFolder('/proc/eazewa/below'),
    /cannot be made \([A-Z]+\)\. Choose another EAZEWA_DATA_DIR\.$/,
  );
});
