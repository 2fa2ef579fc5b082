#!/usr/bin/env node
// Starts a benchmark with the Node that the project brings, whatever the one is that npm runs on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const node = Number(process.versions.node.split('.')[0]) >= 24 || !existsSync(own) ? process.execPath : own;
const main = fileURLToPath(new URL('main.ts', import.meta.url));
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
