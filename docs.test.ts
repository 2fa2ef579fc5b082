import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventNames } from '@eazewa/sdk/events';
import type { HttpDeps } from './gateway/src/http/deps.ts';
import { allRoutes } from './gateway/src/http/routes.ts';

const root = dirname(fileURLToPath(import.meta.url));

test('links between the documents lead somewhere', () => {
  const broken = documents().flatMap((document) =>
    linksIn(text(document))
      .filter((link) => !leads(document, link))
      .map((link) => `${document}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

test('the list of features names every event', () => {
  const features = text('docs/features.md');
  assert.deepEqual(
    eventNames.filter((name) => !features.includes(`\`${name}\``)),
    [],
  );
});

test('the list of features names every call of the API', () => {
  const features = text('docs/features.md');
  // Routes read what they are given when they are called, and nobody calls them here.
  const missing = allRoutes({} as HttpDeps)
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    .filter((call) => !features.includes(`\`${call}\``));
  assert.deepEqual(missing, []);
});

test('every decision says when to look at it again', () => {
  const silent = readdirSync(join(root, 'docs/decisions'))
    .filter((name) => name.endsWith('.md'))
    .filter((name) => !/^(## |\*\*)When to revisit/m.test(text(`docs/decisions/${name}`)));
  assert.deepEqual(silent, []);
});

test('every dependency has its reason', () => {
  const reasons = text('docs/decisions/dependencies.md');
  const { workspaces = [] } = manifest('.');
  const unexplained = ['.', ...workspaces].flatMap((workspace) => {
    const { dependencies = {}, devDependencies = {} } = manifest(workspace);
    return Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !name.startsWith('@eazewa/') && !reasons.includes(`\`${name}\``),
    );
  });
  assert.deepEqual(unexplained, []);
});

function leads(document: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? document : join(dirname(document), decodeURI(path));
  if (!existsSync(join(root, target))) return false;
  if (heading === undefined) return true;
  return statSync(join(root, target)).isFile() && headingsOf(text(target)).includes(heading);
}

/** Relative links and pictures; not those in code, and not those to other places. */
function linksIn(markdown: string): string[] {
  const prose = markdown.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^\w+:/.test(link));
}

/** The headings as links name them. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Every Markdown file of the project, relative to the root. */
function documents(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', '.git', 'data'].includes(entry.name) ? [] : documents(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

interface Manifest {
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(text(join(folder, 'package.json'))) as Manifest;
}
