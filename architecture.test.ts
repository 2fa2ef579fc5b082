import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));

interface Floor {
  /** A folder of gateway/src, or a file at its top. */
  readonly name: string;
  /** What it may import of gateway/src. Every one is further down in the table, so imports go one way. */
  readonly uses: readonly string[];
  /** What it may import from further up, as types only, with the reason. */
  readonly typesFromAbove?: Readonly<Record<string, string>>;
  /** What it may import of packages, other workspaces and Node. */
  readonly packages: readonly string[];
}

/** The building from the roof down: who stands on whom. ARCHITECTURE.md tells it in words. */
const floors: readonly Floor[] = [
  // These see everything. They only wire.
  { name: 'main.ts', uses: ['*'], packages: ['*'] },
  { name: 'gateway.ts', uses: ['*'], packages: ['node:path'] },

  // What gateway.ts is put together from: each of these wires some of the parts.
  { name: 'wiring', uses: ['*'], packages: ['fastify', 'node:crypto'] },

  // What the parts tell about themselves, as metrics: gateway.ts hands each its piece. Types only, all of them.
  {
    name: 'measures.ts',
    uses: ['delivery', 'inbox', 'instances', 'outbox', 'media', 'database', ...everywhere()],
    packages: [],
  },

  // The two ends, which never meet: what leads to WhatsApp, and what leads to receivers.
  {
    name: 'whatsapp',
    uses: [
      'inbox',
      'groups',
      'messages',
      'media',
      'instances',
      'chats',
      'events',
      'database',
      'vault.ts',
      'jid.ts',
      'mutex.ts',
      ...everywhere(),
    ],
    packages: [
      'baileys',
      'baileys/*',
      'whatsapp-rust-bridge',
      'node:async_hooks',
      'node:crypto',
      'node:https',
      'node:module',
      'node:util',
      'node:zlib',
    ],
  },
  {
    name: 'delivery',
    uses: ['outbox', 'webhooks', 'reach', ...everywhere()],
    packages: ['node:net', 'node:tls', 'node:crypto'],
  },
  {
    name: 'http',
    // Of the database only its kinds of failure, to answer them: the API asks the nouns, never a table.
    uses: [
      'messages',
      'media',
      'instances',
      'inbox',
      'outbox',
      'webhooks',
      'tokens',
      'chats',
      'database',
      'ids.ts',
      'jid.ts',
      'nearest.ts',
      ...everywhere(),
    ],
    packages: [
      '@eazewa/sdk/*',
      'fastify',
      '@fastify/*',
      'typebox',
      'typebox/*',
      'qs',
      'qrcode',
      'node:net',
      'node:stream',
    ],
  },

  // Asks every station to forget what is old.
  { name: 'retention', uses: ['inbox', 'outbox', 'messages', 'database', ...everywhere()], packages: [] },

  // What needs a look, told to the operator: quotas of webhooks, outages, the disk.
  {
    name: 'operations',
    uses: ['outbox', 'webhooks', 'database', ...everywhere()],
    packages: ['@eazewa/sdk/*', 'node:fs/promises'],
  },

  // The stations between the ends.
  {
    name: 'inbox',
    uses: [
      'groups',
      'messages',
      'outbox',
      'webhooks',
      'chats',
      'events',
      'database',
      'vault.ts',
      'jid.ts',
      'ids.ts',
      ...everywhere(),
    ],
    packages: ['@eazewa/sdk/*'],
  },
  {
    name: 'messages',
    uses: ['instances', 'media', 'events', 'database', 'vault.ts', 'jid.ts', 'recent.ts', ...everywhere()],
    packages: ['@eazewa/sdk/*', 'node:crypto'],
  },
  { name: 'groups', uses: ['events', 'database', 'recent.ts', ...everywhere()], packages: [] },
  {
    name: 'instances',
    uses: ['events', 'database', ...everywhere()],
    typesFromAbove: { inbox: 'a change of the connection is an inbox row; gateway.ts hands the inbox in' },
    packages: ['@eazewa/sdk/*', 'qrcode'],
  },
  { name: 'outbox', uses: ['webhooks', 'database', 'ids.ts', ...everywhere()], packages: ['@eazewa/sdk/*'] },

  // What the stations speak of.
  {
    name: 'webhooks',
    uses: ['database', 'vault.ts', 'mutex.ts', ...everywhere()],
    packages: ['@eazewa/sdk/*', 'node:crypto', 'node:tls', 'node:util'],
  },
  // The files of messages. Not in whatsapp/: their server speaks plain HTTPS, and nothing of it concerns a connection.
  {
    name: 'media',
    uses: ['reach', ...everywhere()],
    packages: ['@eazewa/sdk/*', 'node:crypto', 'node:fs/promises', 'node:http', 'node:https'],
  },
  { name: 'tokens', uses: ['database', ...everywhere()], packages: ['node:crypto'] },
  { name: 'chats', uses: ['database', 'mutex.ts', 'jid.ts', ...everywhere()], packages: [] },
  // Pure: rows in, events out. The hash of a long identity is its only help from Node.
  { name: 'events', uses: ['jid.ts'], packages: ['@eazewa/sdk/*', 'node:crypto'] },

  // Which addresses of others may be reached: by webhooks, and by files that callers name.
  {
    name: 'reach',
    uses: [...everywhere()],
    packages: ['node:dns', 'node:dns/promises', 'node:fs/promises', 'node:net', 'node:os'],
  },

  // The ground. jid.ts is here because every station takes addresses apart in the same way.
  {
    name: 'database',
    uses: [],
    packages: ['postgres', 'node:sqlite', 'node:worker_threads', 'node:fs', 'node:path', 'node:net'],
  },
  { name: 'jid.ts', uses: [], packages: ['@eazewa/sdk/*'] },
  { name: 'vault.ts', uses: [], packages: ['node:crypto'] },
  { name: 'secret-key.ts', uses: [], packages: ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path'] },
  { name: 'log.ts', uses: ['config.ts'], packages: ['pino'] },
  { name: 'config-docs.ts', uses: ['config.ts'], packages: ['node:fs'] },
  { name: 'config.ts', uses: ['config-values.ts', 'nearest.ts'], packages: ['node:path'] },
  { name: 'config-values.ts', uses: [], packages: ['node:net'] },
  { name: 'nearest.ts', uses: [], packages: [] },
  { name: 'errors.ts', uses: [], packages: [] },
  { name: 'clock.ts', uses: [], packages: [] },
  { name: 'metrics.ts', uses: [], packages: [] },
  { name: 'mutex.ts', uses: [], packages: [] },
  { name: 'recent.ts', uses: [], packages: [] },
  { name: 'ids.ts', uses: [], packages: ['node:crypto'] },
];

/** What every floor may use. */
function everywhere(): string[] {
  return ['log.ts', 'config.ts', 'errors.ts', 'clock.ts', 'metrics.ts'];
}

/** Who else may know a package that belongs to one folder. */
const onlyThere: Readonly<Record<string, RegExp>> = {
  baileys: /^whatsapp\//,
  libsignal: /^whatsapp\//,
  'whatsapp-rust-bridge': /^whatsapp\//,
  'node:sqlite': /^database\/sqlite-/,
  postgres: /^database\/postgres-/,
  fastify: /^(http|wiring)\//,
};

test('every folder and file at the top of gateway/src has its floor', () => {
  const names = readdirSync(join(root, 'gateway/src')).filter(
    (name) => !name.endsWith('.test.ts') && name !== 'testing',
  );
  const known = floors.map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
    'a new part needs its place in the table of this test',
  );
});

test('the table itself only leads down', () => {
  for (const [place, { name, uses }] of floors.entries()) {
    const below = floors.slice(place + 1).map((floor) => floor.name);
    for (const used of uses) assert.ok(used === '*' || below.includes(used), `${name} stands above ${used}`);
  }
});

test('imports in gateway/src go the ways of the table', () => {
  const wrong = gatewayImports().flatMap(({ file, specifier, to, isType }) => {
    const from = floorOf(file);
    const rule = floors.find(({ name }) => name === from);
    if (to === from || rule === undefined) return [];
    if (to === null) {
      return allows(rule.packages, specifier)
        ? []
        : [`${file} imports ${specifier}, which ${from} may not use`];
    }
    if (allows(rule.uses, to) || (isType && rule.typesFromAbove?.[to] !== undefined)) return [];
    return [`${file} imports ${specifier}: ${from} may use ${rule.uses.join(', ') || 'nothing'}`];
  });
  assert.deepEqual(wrong, []);
});

test('everything that the table allows is used', () => {
  const imports = gatewayImports().map((found) => ({ ...found, from: floorOf(found.file) }));
  const unused = floors.flatMap(({ name, uses, typesFromAbove = {}, packages }) => {
    const own = imports.filter(({ from }) => from === name);
    return [
      ...[...uses, ...Object.keys(typesFromAbove)].filter(
        (wanted) =>
          !everywhere().includes(wanted) && !own.some(({ to }) => to !== null && allows([wanted], to)),
      ),
      ...packages.filter(
        (wanted) => !own.some(({ to, specifier }) => to === null && allows([wanted], specifier)),
      ),
    ].map((wanted) => `${name} -> ${wanted}`);
  });
  assert.deepEqual(unused, []);
});

test('what belongs to one folder is known to no other', () => {
  const wrong = importsOf('gateway/src')
    .filter(({ file }) => !isForTests(file))
    .flatMap(({ file, specifier }) => {
      const place = onlyThere[packageOf(specifier)];
      return place === undefined || place.test(file) ? [] : [`${file} imports ${specifier}`];
    });
  assert.deepEqual(wrong, []);
});

test('no code that runs in production imports code that is for tests', () => {
  const wrong = workspaces()
    .flatMap((workspace) => importsOf(workspace).map((found) => ({ ...found, workspace })))
    .filter(({ file, workspace }) => !isForTests(file) && workspace !== 'bench' && workspace !== 'examples')
    .filter(({ specifier }) => isForTests(specifier) || specifier === 'node:test')
    .map(({ workspace, file, specifier }) => `${workspace}/${file} imports ${specifier}`);
  assert.deepEqual(wrong, []);
});

test('the simulator knows nothing of the gateway, nor the gateway of the simulator', () => {
  const wrong = [
    ...foreign('simulator', /gateway/, () => true),
    ...foreign('gateway/src', /simulator/, (file) => !isForTests(file)),
  ];
  assert.deepEqual(wrong, []);
});

test('the sdk depends on nothing', () => {
  assert.deepEqual(Object.keys(manifest('sdk').dependencies ?? {}), []);
  const wrong = importsOf('sdk')
    .filter(({ file }) => !isForTests(file))
    .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
  assert.deepEqual(wrong, []);
});

test('workspaces import only what their package.json names', () => {
  const development = Object.keys(manifest('.').devDependencies ?? {});
  const wrong = workspaces().flatMap((workspace) => {
    const { name, dependencies = {}, devDependencies = {} } = manifest(workspace);
    return importsOf(workspace)
      .filter(({ specifier }) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter(({ file, specifier }) => {
        const wanted = packageOf(specifier);
        if (wanted === name || wanted in dependencies) return false;
        if (cameAlong[wanted] === workspace) return !isForTests(file);
        return !isForTests(file) || !(wanted in devDependencies || development.includes(wanted));
      })
      .map(({ file, specifier }) => `${workspace}/${file} imports ${specifier}`);
  });
  assert.deepEqual(wrong, []);
});

/** Tests of the simulator's own Signal compare it with the one that Baileys brings. */
const cameAlong: Readonly<Record<string, string>> = { libsignal: 'simulator' };

interface Import {
  /** Relative to the folder that was asked for. */
  readonly file: string;
  readonly specifier: string;
  readonly isType: boolean;
}

/** The imports that the table rules: `to` is a folder or file at the top of gateway/src, null for anything else. */
function gatewayImports(): (Import & { readonly to: string | null })[] {
  return importsOf('gateway/src')
    .filter(({ file }) => !isForTests(file))
    .map((found) => {
      const { file, specifier } = found;
      const path = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : null;
      return { ...found, to: path === null ? null : floorOf(path) };
    });
}

function floorOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function allows(list: readonly string[], name: string): boolean {
  return list.some(
    (entry) =>
      entry === '*' || entry === name || (entry.endsWith('/*') && name.startsWith(entry.slice(0, -1))),
  );
}

/** `@scope/name` or `name` of what is imported; Node's own modules keep their prefix. */
function packageOf(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** Tests, and what stands beside them for their use only. */
function isForTests(path: string): boolean {
  return /\.(test|contract|vectors)\.ts$|-for-tests\.ts$|(^|\/)(testing|test)\//.test(path);
}

function foreign(folder: string, name: RegExp, concerns: (file: string) => boolean): string[] {
  return importsOf(folder)
    .filter(({ file, specifier }) => concerns(file) && name.test(specifier))
    .map(({ file, specifier }) => `${folder}/${file} imports ${specifier}`);
}

function importsOf(folder: string): Import[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('node_modules/'))
    .flatMap((file) =>
      importsIn(readFileSync(join(root, folder, file), 'utf8')).map((one) => ({ file, ...one })),
    );
}

/** Statements begin a line, as the formatter writes them; what stands in a text or a comment does not. */
function importsIn(source: string): Omit<Import, 'file'>[] {
  const statements = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^;'"`]*?\sfrom\s+)?'([^']+)';/gm;
  const calls = /\bimport\('([^']+)'\)/g;
  return [
    ...[...source.matchAll(statements)].map(([, type, specifier = '']) => {
      return { specifier, isType: type !== undefined };
    }),
    ...[...source.matchAll(calls)].map(([, specifier = '']) => ({ specifier, isType: false })),
  ];
}

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

function workspaces(): readonly string[] {
  return manifest('.').workspaces ?? [];
}
