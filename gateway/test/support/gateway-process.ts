import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { readConfig } from '../../src/config.ts';
import { migrate, migrations } from '../../src/database/migrate.ts';
import { openDatabase, openUnmigrated } from '../../src/database/open-database.ts';
import { slowDatabase } from '../../src/database/testing/slow-database.ts';
import { startGateway } from '../../src/gateway.ts';
import { die, killingDatabase, type Kill } from './killing-database.ts';

/** How a test wants its gateway process: sent as JSON in the first argument. */
export interface ProcessOptions {
  readonly env: Record<string, string>;
  /** Milliseconds that each commit and read takes longer. */
  readonly storeLatencyMs: number;
  readonly kill: Kill | null;
  /** Kill at the nth connection to a receiver: when it is about to be made, or when half of the request is written. */
  readonly killSending: {
    readonly when: 'connecting' | 'half-written';
    readonly nth: number;
    readonly port: number;
  } | null;
  /** Brings the tables one version further than the gateway knows. */
  readonly extraMigration: boolean;
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions;

/** A migration that touches the table with the backlog, so that it has something to break. */
const extra = () => [`alter table deliveries add column note text`, `update deliveries set note = 'moved'`];

if (options.killSending !== null) killWhileSending(options.killSending);

const gateway = await startGateway(readConfig(options.env), {
  async openDatabase(location) {
    const opened = options.extraMigration ? await openAhead(location) : await openDatabase(location);
    return killingDatabase(slowDatabase(opened, options.storeLatencyMs), options.kill);
  },
});
process.send?.({ url: gateway.url });
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));

async function openAhead(location: string) {
  const database = await openUnmigrated(location);
  await migrate(killingDatabase(database, options.kill), [...migrations, extra]);
  return database;
}

function killWhileSending({ when, nth, port }: NonNullable<ProcessOptions['killSending']>): void {
  let seen = 0;
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { socket: Socket };
    // The port is known in the next turn; the connection is not made before that.
    process.nextTick(() => {
      socket.on('connect', () => {
        if (socket.remotePort !== port || ++seen !== nth) return;
        if (when === 'connecting') die();
        const write = socket.write.bind(socket);
        socket.write = (bytes: Uint8Array) => {
          write(bytes.subarray(0, bytes.length / 2), die);
          return true;
        };
      });
    });
  });
}
