// Starts the demo with whatever Node runs this: one that is too old hands over to the Node that npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const neededNode = 24;
const demo = new URL('demo.ts', import.meta.url);
const endWithParent = new URL('demo/end-with-parent.mjs', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= neededNode) {
  hideExperimentalWarnings();
  await import(demo.href);
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
  const path = fileURLToPath(new URL(`../node_modules/node/bin/${program}`, import.meta.url));
  if (existsSync(path)) return path;
  process.stderr.write(
    `The demo cannot start: it needs Node ${neededNode}, and this is Node ${process.versions.node}. ` +
      'Run "npm install" (it brings the right Node along), or install a newer Node.\n',
  );
  process.exit(1);
}

/** The other Node gets our arguments, streams and signals; it ends as soon as we do, and we end as it ends. */
function handOver(node) {
  const options = [
    '--disable-warning=ExperimentalWarning',
    '--import',
    endWithParent.href,
    fileURLToPath(demo),
  ];
  const child = spawn(node, [...options, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`The demo cannot start: ${node} does not run (${error.message}).\n`);
    process.exit(1);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
}
