import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configDocs } from './config-docs.ts';
import { readConfig } from './config.ts';

test('docs/configure.md and .env.example say what the table of settings says', () => {
  for (const [path, text] of Object.entries(configDocs())) {
    const written = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    assert.equal(written, text, `${path} is out of date; run: node gateway/src/config-docs.ts`);
  }
});

test('.env.example with every line taken in is a valid configuration, the same as without it', () => {
  const lines = configDocs()['.env.example']?.match(/^#EAZEWA_.*$/gm) ?? [];
  const env = Object.fromEntries(lines.map((line) => line.slice(1).split('=', 2)));
  assert.equal(lines.length, new Set(Object.keys(env)).size);
  assert.deepEqual(readConfig(env), readConfig({}));
});
