import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

test('the lock file names no registry, so that npm takes the one it is set to', () => {
  const { packages } = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { resolved?: string }>;
  };
  const hosts = Object.entries(packages).filter(([, { resolved = '' }]) => resolved.includes('://'));
  assert.deepEqual(hosts, []);
  assert.doesNotMatch(text('.npmrc'), /registry *=|:\/\//);
});

test('the lock file has the binaries of all platforms, without which npm ci refuses it', () => {
  const { packages } = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const paths = Object.keys(packages);
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)));
  assert.deepEqual(missing, [], 'run: node scripts/complete-lock.mjs');
});

test('every version of a dependency is exact', () => {
  const loose = ['.', ...workspaces()].flatMap((workspace) => {
    const { dependencies = {}, devDependencies = {} } = manifest(workspace);
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${workspace}: ${name} ${version}`);
  });
  assert.deepEqual(loose, []);
});

test('no file names a place that only one machine has', () => {
  // Written in parts, so that this file does not name one either.
  const places = new RegExp(`(?<![\\w.$}~*-])/(${['work', 'farm', 'root', 'Users'].join('|')})/`);
  const wrong = files()
    // `.git` is a file in a further work tree.
    .filter((file) => !['package-lock.json', '.git'].includes(file))
    .filter((file) => places.test(text(file)));
  assert.deepEqual(wrong, []);
});

test('every example has a test that names it', () => {
  const tests = files().filter((file) => /^examples\/.*\.test\.ts$/.test(file));
  const tested = tests.map(text).join('\n');
  const examples = readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['test', 'src', 'node_modules'].includes(entry.name))
    .map(({ name }) => name);
  assert.deepEqual(
    examples.filter((name) => !tested.includes(name)),
    [],
  );
});

test('every script of package.json starts a file that exists', () => {
  const { scripts = {} } = manifest('.');
  const missing = Object.entries(scripts)
    .map(([name, command]) => ({ name, file: /^node (?:--\S+ )*(\S+)/.exec(command)?.[1] }))
    .filter(({ file }) => file !== undefined && !existsSync(join(root, file)))
    .map(({ name, file }) => `npm run ${name}: ${file}`);
  assert.deepEqual(missing, []);
});

/** Every file of the project that holds text, relative to the root. */
function files(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return outside.has(entry.name) ? [] : files(path);
    return /\.(png|jpg|gif|ico|woff2?|sqlite|db|log)$/.test(entry.name) ? [] : [relative(root, path)];
  });
}

const outside = new Set(['node_modules', '.git', 'data', 'coverage']);

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

interface Manifest {
  readonly workspaces?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(text(join(folder, 'package.json'))) as Manifest;
}

function workspaces(): readonly string[] {
  return manifest('.').workspaces ?? [];
}
