#!/usr/bin/env node
// What `npm test` runs: lint, format, types, then every test. The first stage that fails ends it.
//
//   npm test                                  everything
//   npm test -- gateway/src/outbox            only the tests in a folder or a file
//   npm test -- sdk --test-name-pattern=qr    options are handed to node
//
// It runs under any Node that npm may bring (18 or later); the stages run under the one in node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** A test that hangs ends after this long: far more than the longest need, and time for the others is left. */
const testMinutes = 4;
/** A file that goes on without a test ends after this long, */
const restMinutes = 2;
/** and any file after this: one has a test with a longer limit of its own. */
const fileMinutes = 11;

const given = process.argv.slice(2);
const paths = given.filter((argument) => !argument.startsWith('-'));
const options = given.filter((argument) => argument.startsWith('-'));

if (!existsSync(node)) stop('the packages are missing. Run npm install first.');
if (given.length === 0) {
  stage('lint', bin('oxlint'), ['--type-aware']);
  stage('format', bin('oxfmt'), ['--check']);
  stage('types', bin('typescript', 'tsc'), []);
}
const files = (paths.length === 0 ? testFolders() : paths.map(existing)).flatMap(testFiles);
if (files.length === 0) stop(`there is no *.test.ts in ${paths.join(', ')}.`);
process.exitCode = runTests(files);

/** Runs a tool and ends everything when it is not content. */
function stage(name, script, args) {
  process.stdout.write(`\n${name}\n`);
  const status = run([script, ...args]);
  if (status !== 0) stop(`${name} failed, so nothing after it has run.`, status);
}

/** Says nothing after the tests: node's own summary is the last thing on the screen. */
function runTests(files) {
  process.stdout.write(`\ntests: ${files.length} files\n`);
  return run([
    '--test',
    '--disable-warning=ExperimentalWarning',
    `--test-concurrency=${Math.min(4, Math.max(2, availableParallelism()))}`,
    `--test-timeout=${testMinutes * 60_000}`,
    '--test-reporter=spec',
    `--import=${pathToFileURL(join(root, 'scripts', 'test-limit.mjs')).href}`,
    ...options,
    ...files,
  ]);
}

/** Runs node and waits for it; returns its exit status. */
function run(args) {
  const env = {
    ...process.env,
    EAZEWA_TEST_FILE_MINUTES: String(fileMinutes),
    EAZEWA_TEST_REST_MINUTES: String(restMinutes),
    // Hundreds of processes load the same modules: the first compiles them for the others.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compiled'),
  };
  const { status, error } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env });
  if (error) stop(error.message);
  return status ?? 1;
}

/** Where a package's command is. */
function bin(packageName, command = packageName) {
  const folder = join(root, 'node_modules', packageName);
  return join(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).bin[command]);
}

/** The tests of the project itself, and all folders of the workspaces. */
function testFolders() {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const own = readdirSync(root).filter(isTest);
  return [...own, ...workspaces].map((name) => join(root, name));
}

function existing(path) {
  const full = resolve(path);
  if (!existsSync(full)) stop(`there is no ${path}.`);
  return full;
}

/** The test files at or below a path, relative to the root. */
function testFiles(path) {
  if (!statSync(path).isDirectory()) return [relative(root, path)];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && !name.startsWith('.'))
    .flatMap((entry) => {
      if (entry.isDirectory()) return testFiles(join(path, entry.name));
      return isTest(entry.name) ? [relative(root, join(path, entry.name)).split(sep).join('/')] : [];
    });
}

function isTest(name) {
  return name.endsWith('.test.ts');
}

function stop(problem, status = 1) {
  process.stderr.write(`\nnpm test: ${problem}\n`);
  process.exit(status);
}
