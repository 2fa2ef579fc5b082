// Starts the gateway with whatever Node runs this: one that is too old hands over to the Node that npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const neededNode = 24;
const main = new URL('./src/main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= neededNode) {
  hideExperimentalWarnings();
  await import(main.href);
} else {
  handOver(installedNode());
}

function hideExperimentalWarnings() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack}\n`);
  });
}

function installedNode() {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const found = ['..', '.']
    .map((folder) => fileURLToPath(new URL(`${folder}/node_modules/node/bin/${program}`, import.meta.url)))
    .find((path) => existsSync(path));
  if (found) return found;
  process.stderr.write(
    `eazeWA cannot start: it needs Node ${neededNode}, and this is Node ${process.versions.node}. ` +
      'Run "npm install" (it brings the right Node along), or install a newer Node.\n',
  );
  process.exit(1);
}

/** The other Node gets our arguments, streams and signals, and we end as it ends. */
function handOver(node) {
  const options = ['--disable-warning=ExperimentalWarning', fileURLToPath(main), ...process.argv.slice(2)];
  const child = spawn(node, options, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const passOn = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => {
    process.stderr.write(`eazeWA cannot start: ${node} does not run (${error.message}).\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of signals) process.off(each, passOn);
    process.kill(process.pid, signal);
  });
}
