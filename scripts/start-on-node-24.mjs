// Starts a program with whatever Node runs this: one that is too old hands over to the Node that npm installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const neededNode = 24;

/**
 * Runs the TypeScript file `main` with the arguments of this process; does not return before it is loaded. `name` begins
 * the one line that is printed when it cannot start.
 */
export async function startOnNode24(name, main) {
  if (Number.parseInt(process.versions.node, 10) < neededNode) return handOver(name, main);
  hideExperimentalWarnings();
  await import(main.href);
}

function hideExperimentalWarnings() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.stack}\n`);
  });
}

/** The other Node gets our options, arguments, streams and signals; it ends as soon as we do, and we end as it ends. */
function handOver(name, main) {
  const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href;
  const options = [
    ...process.execArgv,
    '--disable-warning=ExperimentalWarning',
    '--import',
    endWithParent,
    fileURLToPath(main),
  ];
  const node = installedNode(name);
  const child = spawn(node, [...options, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const passOn = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  child.on('error', (error) => giveUp(name, `${node} does not run (${error.message}).`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of signals) process.off(each, passOn);
    process.kill(process.pid, signal);
  });
}

function installedNode(name) {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = fileURLToPath(new URL(`../node_modules/node/bin/${program}`, import.meta.url));
  if (!existsSync(path)) {
    giveUp(
      name,
      `it needs Node ${neededNode}, and this is Node ${process.versions.node}. ` +
        'Run "npm install" (it brings the right Node along), or install a newer Node.',
    );
  }
  return path;
}

function giveUp(name, problem) {
  process.stderr.write(`${name} cannot start: ${problem}\n`);
  process.exit(1);
}
