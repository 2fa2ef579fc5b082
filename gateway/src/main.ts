import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { readConfig } from './config.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { createLog } from './log.ts';

/** Environment to running gateway, until a signal stops it. */
async function main(): Promise<void> {
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    const config = readConfig(process.env);
    const log = createLog(config.logLevel);
    process.on('uncaughtException', (error) => {
      log.fatal({ err: error }, 'The gateway has a fault and ends.');
      process.exit(1);
    });
    const starting = startGateway(config, { log });
    stopOnSignals(starting);
    const { url, newAdminToken } = await starting;
    if (newAdminToken !== null) process.stdout.write(welcome(url, newAdminToken));
  } catch (error) {
    process.stderr.write(`eazeWA cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

/** One Ctrl-C arrives more than once: the terminal, npm and `start.mjs` all pass it on. */
const sameSignalMs = 1000;

/** The first signal ends what is under way in order, the second one ends at once. */
function stopOnSignals(starting: Promise<Gateway>): void {
  let firstAt: number | undefined;
  const onSignal = () => {
    if (firstAt !== undefined && performance.now() - firstAt > sameSignalMs) process.exit(1);
    if (firstAt !== undefined) return;
    firstAt = performance.now();
    void starting.then(stopAndExit, () => {}); // a start that fails is reported by whoever awaits it
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

async function stopAndExit(gateway: Gateway): Promise<void> {
  await gateway.stop();
  process.exit(0);
}

function welcome(url: string, token: string): string {
  return `
The admin token, shown only this once:

    ${token}

It opens the API: send it as "Authorization: Bearer <token>". The documentation is at ${url}/api/docs.
If it gets lost, set EAZEWA_ADMIN_TOKEN to a new one.

`;
}

await main();
