#!/usr/bin/env node
// Adds what npm leaves out of package-lock.json: the binaries of other platforms that some package offers as optional
// dependencies, when the registry that the lock was made with did not have them. Without them `npm ci` says that the
// lock does not fit, and on those platforms the tool would miss its binary. Run it after npm install; a test says when.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const text = readFileSync(file, 'utf8');
const lock = JSON.parse(text);
const missing = missingOptional(lock.packages);
for (const { name, version, dev } of missing) {
  lock.packages[`node_modules/${name}`] = {
    version,
    ...platformOf(name),
    ...(dev ? { dev } : {}),
    optional: true,
  };
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(byName));
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.length} packages added to package-lock.json\n`);

/** Optional dependencies that no entry of the lock stands for. They are exact versions, so that nothing is guessed. */
function missingOptional(packages) {
  return Object.values(packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)))
      .map(([name, version]) => ({ name, version, dev })),
  );
}

/** `@oxlint/binding-linux-x64-musl`: such packages are named after where they run. npm skips them elsewhere. */
function platformOf(name) {
  const [, os, cpu, abi = ''] =
    /(aix|android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(name) ?? [];
  if (os === undefined) throw new Error(`${name} is not named after a platform: add it to the lock by hand.`);
  const libc = os === 'linux' && abi !== '' ? { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] } : {};
  return { cpu: [cpu], ...libc, os: [os] };
}

/** The order of npm. */
function byName([one], [other]) {
  return one.localeCompare(other, 'en');
}
