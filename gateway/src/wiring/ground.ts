import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Measures } from '../measures.ts';
import type { Vault } from '../vault.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';

/** What every part stands on, and is there before all of them. */
export interface Ground {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
  readonly vault: Vault;
  readonly measures: Measures;
  readonly webhooks: Webhooks;
}
