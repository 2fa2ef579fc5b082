#!/usr/bin/env node
// Runs the tests of the events, keeps what each of them captured in docs/examples, and makes the docs of these.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

run(process.execPath, ['scripts/test.mjs', 'gateway/test/events'], { EAZEWA_EVENT_DOCS: 'write' });
run(node, ['--disable-warning=ExperimentalWarning', 'gateway/test/events/docs/event-docs.ts'], {});

function run(program, args, env) {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}
