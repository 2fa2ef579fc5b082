import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventName } from '@eazewa/sdk/events';
import type { Json } from './stable.ts';

/** What a test of an event captured, as it is kept: docs/examples/<event>/<kind>.json. */
export interface Example {
  readonly event: EventName;
  readonly kind: string;
  /** The name of the test file in gateway/test/events. */
  readonly test: string;
  readonly body: Json;
}

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = join(root, 'docs/examples');

/** Where the example of an event and kind is, from the root of the repository. */
export function pathOf({ event, kind }: Pick<Example, 'event' | 'kind'>): string {
  const name = kind
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return relative(root, join(folder, event, `${name}.json`));
}

/** How an example is written. */
export function textOf(example: Example): string {
  const { event, kind, test, body } = example;
  const text = JSON.stringify({ event, kind, test, body }, null, 2);
  // What would turn the text around or not be seen.
  return `${text.replaceAll(/[\u200B\u200E\u200F\u2028-\u202E\uFEFF]/g, escaped)}\n`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What is in a file; null when there is none. */
export function readText(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

/** Other test files read all examples meanwhile: they see the old one or the new one, never half of it. */
export function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

export function remove(path: string): void {
  rmSync(join(root, path));
}

/** All examples with their paths, sorted by these. */
export function allExamples(): (Example & { readonly path: string })[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .flatMap((file) => {
      const path = relative(root, join(folder, file));
      const text = readText(path);
      // Another test file has removed it since.
      return text === null ? [] : [{ ...(JSON.parse(text) as Example), path }];
    });
}

/** The name of the test file that runs. */
export function runningTest(): string {
  return basename(process.argv[1] ?? '');
}
