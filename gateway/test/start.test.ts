import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startWorld } from './support/world.ts';

const gateway = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'eazewa-start-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const [file, damaged, nowhere] = ['a-file', 'damaged', 'nowhere'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
writeFileSync(file, 'no folder');
mkdirSync(damaged);
writeFileSync(join(damaged, 'secret.key'), 'half a key');

/** What stops the start, and what is said. */
const wrong: [string, Record<string, string>, string][] = [
  [
    'a port that is no number',
    { EAZEWA_PORT: 'abc' },
    'EAZEWA_PORT must be a whole number from 0 to 65535, not "abc".',
  ],
  ['a misspelt setting', { EAZEWA_PRT: '0' }, 'unknown setting EAZEWA_PRT, did you mean EAZEWA_PORT?'],
  [
    'an address of another machine',
    { EAZEWA_HOST: '192.0.2.1' },
    'This machine has no address 192.0.2.1. Choose another EAZEWA_HOST.',
  ],
  [
    'a data folder that cannot be made',
    { EAZEWA_DATA_DIR: join(file, 'data') },
    `The folder ${join(file, 'data')} cannot be made (ENOTDIR). Choose another EAZEWA_DATA_DIR.`,
  ],
  [
    'a database in a folder that does not exist',
    { EAZEWA_DATABASE: join(nowhere, 'eazewa.db') },
    `Cannot open the database ${join(nowhere, 'eazewa.db')}: the folder ${nowhere} does not exist. Make it, or choose another path.`,
  ],
  [
    'a damaged key file',
    { EAZEWA_DATA_DIR: damaged },
    `The key file ${join(damaged, 'secret.key')} is damaged: it must hold 64 hex digits. Put back your copy of it.`,
  ],
];

describe('what stops the start is told in one plain line', { concurrency: 2 }, () => {
  for (const [what, env, problem] of wrong) {
    test(what, async () => {
      assert.deepEqual(await start(env), { code: 1, output: `eazeWA cannot start: ${problem}\n` });
    });
  }
});

test('a second gateway on the same database does not start, and the first goes on', async () => {
  const world = await startWorld();
  const database = join(world.folder, 'eazewa.db');
  const { code, output } = await start({ EAZEWA_DATA_DIR: world.folder });
  assert.equal(
    output,
    `eazeWA cannot start: The database ${database} is in use by another process. Stop that one first, or choose another file.\n`,
  );
  assert.equal(code, 1);
  const shop = world.simulator.addPhone({ name: 'Shop' });
  assert.equal(await (await world.link(shop)).status(), 'ready');
});

const old = oldNode();

describe('a Node that is too old', { skip: old === null && 'there is none on this machine' }, () => {
  test('hands over to the one that npm installed', async () => {
    const problem = 'EAZEWA_PORT must be a whole number from 0 to 65535, not "abc".';
    const { code, output } = await start({ EAZEWA_PORT: 'abc' }, { node: old! });
    assert.deepEqual({ code, output }, { code: 1, output: `eazeWA cannot start: ${problem}\n` });
  });

  test('says what is missing when npm has not installed one', async () => {
    const alone = join(folder, 'alone');
    for (const part of [
      'package.json',
      'scripts',
      'gateway/package.json',
      'gateway/start.mjs',
      'gateway/src',
    ]) {
      cpSync(join(gateway, '..', part), join(alone, part), { recursive: true });
    }
    const { code, output } = await start({}, { node: old!, file: join(alone, 'gateway', 'start.mjs') });
    const version = execFileSync(old!, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    assert.equal(
      output,
      `eazeWA cannot start: it needs Node 24, and this is Node ${version}. Run "npm install" (it brings the right Node along), or install a newer Node.\n`,
    );
    assert.equal(code, 1);
  });
});

interface Program {
  readonly node?: string;
  readonly file?: string;
}

/** Starts the gateway as people do, and waits for its end. */
async function start(
  env: Record<string, string>,
  { node = process.execPath, file = join(gateway, 'start.mjs') }: Program = {},
): Promise<{ code: unknown; output: string }> {
  const child = spawn(node, [file], {
    cwd: folder,
    env: {
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      EAZEWA_PORT: '0',
      EAZEWA_LOG_LEVEL: 'silent',
      EAZEWA_DATA_DIR: mkdtempSync(join(folder, 'data-')),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** A Node older than the gateway needs, if there is one in the path. */
function oldNode(): string | null {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((part) => join(part, 'node'));
  const found = [...paths, '/usr/bin/node', '/usr/local/bin/node'].find(
    (path) => existsSync(path) && majorOf(path) >= 18 && majorOf(path) < 24,
  );
  return found ?? null;
}

function majorOf(node: string): number {
  return Number.parseInt(execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1), 10);
}
