import { readConfig } from '../../src/config.ts';
import { migrate, migrations } from '../../src/database/migrate.ts';
import { openDatabase, openUnmigrated } from '../../src/database/open-database.ts';
import { slowDatabase, type SlowDatabase } from '../../src/database/testing/slow-database.ts';
import { startGateway } from '../../src/gateway.ts';
import { killingDatabase, type Kill, type KillingDatabase } from './killing-database.ts';
import { LeapingClock } from './leaping-clock.ts';
import { killWhileSending, type KillSending } from './kill-while-sending.ts';

/** How a test wants its gateway process: sent as JSON in the first argument. */
export interface ProcessOptions {
  readonly env: Record<string, string>;
  /** Milliseconds that each commit and read takes longer. */
  readonly storeLatencyMs: number;
  readonly kill: Kill | null;
  readonly killSending: KillSending | null;
  /** How many days later it is for the gateway. */
  readonly daysAhead: number;
  /** Brings the tables so many versions further than the gateway knows. */
  readonly extraMigrations: number;
}

/** What a test changes while the process runs. */
export interface Change {
  readonly kill?: Kill | null;
  readonly killSending?: KillSending;
  readonly store?: { readonly latencyMs: number; readonly isFailing: boolean };
}

const options = JSON.parse(process.argv[2] ?? '{}') as ProcessOptions;
let killing: KillingDatabase | null = null;
let slow: SlowDatabase | null = null;

process.on('message', (message) => {
  const { id, change } = message as { readonly id: number; readonly change: Change };
  if (change.kill !== undefined) killing?.arm(change.kill);
  if (change.killSending !== undefined) killWhileSending(change.killSending);
  if (change.store !== undefined && slow !== null) {
    slow.delayMs = change.store.latencyMs;
    slow.failing = change.store.isFailing;
  }
  process.send?.({ changed: id });
});

if (options.killSending !== null) killWhileSending(options.killSending);

const clock = new LeapingClock();
clock.leap(options.daysAhead * 24 * 3600 * 1000);
const gateway = await startGateway(readConfig(options.env), {
  clock,
  async openDatabase(location) {
    const opened = options.extraMigrations > 0 ? await openAhead(location) : await openDatabase(location);
    slow = slowDatabase(opened, options.storeLatencyMs);
    killing = killingDatabase(slow, options.kill);
    return killing;
  },
});
process.send?.({ url: gateway.url });
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => void gateway.stop().then(() => process.exit(0)));

async function openAhead(location: string) {
  const database = await openUnmigrated(location);
  const extra = Array.from({ length: options.extraMigrations }, (_, index) => () => furtherVersion(index));
  await migrate(killingDatabase(database, options.kill), [...migrations, ...extra]);
  return database;
}

/** A migration that touches the table with the backlog, so that it has something to break. */
function furtherVersion(index: number): string[] {
  return [
    `alter table deliveries add column note_${index} text`,
    `update deliveries set note_${index} = 'moved'`,
  ];
}
