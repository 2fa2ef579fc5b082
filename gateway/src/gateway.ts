import { dirname } from 'node:path';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/database.ts';
import { fileOf, openDatabase, type OpenOptions } from './database/open-database.ts';
import { listen } from './http/listen.ts';
import { createLog, type Log } from './log.ts';
import { countWhatHappens, readWhatIs } from './measures.ts';
import { loadCa } from './media/load-ca.ts';
import { Metrics } from './metrics.ts';
import type { DiskSpace } from './operations/disk-decisions.ts';
import { DiskWatch, spaceOf } from './operations/disk-watch.ts';
import { keepOperatorWebhook } from './operations/operator-webhook.ts';
import { countWaiting } from './outbox/delivery-store.ts';
import { addressPolicies } from './reach/address-policies.ts';
import { urlProblem } from './reach/guard-address.ts';
import { retentionRules } from './retention/rules.ts';
import { Sweeper } from './retention/sweeper.ts';
import { loadSecretKey, makeFolder } from './secret-key.ts';
import { ensureAdminToken } from './tokens/token-store.ts';
import { createVault } from './vault.ts';
import { openWebhooks, type OperatorSettings } from './webhooks/webhooks.ts';
import { createApi } from './wiring/api.ts';
import { createDeliveries } from './wiring/deliveries.ts';
import { createFiles, type Files } from './wiring/files.ts';
import type { Ground } from './wiring/ground.ts';
import { createNumbers, type Numbers } from './wiring/numbers.ts';

/** What a test may bring along in place of the real thing. */
export interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openDatabase: (location: string, options: OpenOptions) => Promise<Database>;
  /** How full the disk is that a folder is on. */
  readonly diskSpace: (folder: string) => Promise<DiskSpace>;
}

export interface Gateway {
  /** Where it listens. */
  readonly url: string;
  /** The admin token if it was made just now: to be shown once. */
  readonly newAdminToken: string | null;
  /** Ends what is under way, in order, and closes the database. */
  stop(): Promise<void>;
}

/**
 * Starts the whole server: the tests start this same thing. Deliveries begin as soon as the database is open; each
 * instance drains its own inbox and connects, none waits for another.
 *
 * @throws Error with one plain line when it cannot start.
 */
export async function startGateway(config: Config, parts: Partial<Parts> = {}): Promise<Gateway> {
  const clock = parts.clock ?? systemClock;
  const log = parts.log ?? createLog(config.logLevel);
  await makeFolder(config.dataDir);
  const secretKey = config.secretKey ?? (await loadSecretKey(config.keyFile));
  const vault = createVault(secretKey);
  const mediaCa = await loadCa(config.whatsappMediaCa);
  const metrics = new Metrics();
  const measures = countWhatHappens(metrics);
  const database = await (parts.openDatabase ?? openDatabase)(config.database, { onBatch: measures.onBatch });
  const closing: (() => Promise<void> | void)[] = [() => database.close()];
  const stop = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    const webhooks = await openWebhooks(database, clock, vault);
    const ground: Ground = { config, clock, log, database, vault, measures, webhooks };
    const policies = addressPolicies(config);

    const deliveries = createDeliveries(ground, policies.webhooks, (...what) => files.media.fetch(...what));
    const { scheduler, operations } = deliveries;
    closing.push(() => deliveries.stop());
    await keepOperatorWebhook(webhooks, operatorSettings(config), (url) =>
      urlProblem(url, policies.webhooks),
    );
    const files: Files = createFiles(ground, {
      secretKey,
      ca: mediaCa,
      policy: policies.media,
      numbers: () => numbers,
    });
    closing.push(() => files.close());
    const numbers: Numbers = await createNumbers(ground, { files, mediaCa, operations });
    const { instances } = numbers;
    readWhatIs(metrics, {
      instances,
      countWaiting: (max) => countWaiting(database, max),
      scheduler: () => scheduler.state(),
      webhooksAtQuota: () => operations.webhooksAtQuota(),
    });
    const http = createApi(ground, { metrics, policy: policies.webhooks, deliveries, files, numbers });

    await deliveries.start();
    closing.push(() => instances.stop());
    const file = fileOf(config.database);
    const disk = new DiskWatch({
      clock,
      log,
      percent: file === null ? 0 : config.diskFloorPercent,
      space: () => (parts.diskSpace ?? spaceOf)(dirname(file ?? '')),
      pause: (reason) => instances.pause(reason),
      resume: () => instances.resume(),
      tell: (event) => operations.events.tell(event),
    });
    closing.push(() => disk.stop());
    await disk.start();
    await instances.start();
    const { onForgotten } = measures;
    const sweeper = new Sweeper({ rules: retentionRules(database, config), clock, log, onForgotten });
    closing.push(() => sweeper.stop());
    sweeper.start();
    closing.push(() => http.close());
    // First of all: the API ends when its calls have ended, and some wait for files.
    closing.push(() => files.endCalls());
    // Before that: a delivery whose file does not come goes without it, for good.
    closing.push(() => scheduler.stopFetching());
    const port = await listen(http, config);
    policies.listensAt(port);
    // Last, so that a start that fails never makes a token that nobody sees.
    const newAdminToken = await ensureAdminToken(database, config.adminToken, clock);
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    log.info({ url }, 'The gateway is up.');
    return { url, newAdminToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function operatorSettings({ operatorWebhookUrl, operatorWebhookSecret }: Config): OperatorSettings {
  return { url: operatorWebhookUrl, signingKey: operatorWebhookSecret };
}
