import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Ended } from '../outbox/delivery-store.ts';
import { dropDeliveries, oldestWaiting, type WaitingDelivery } from '../outbox/waiting-deliveries.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Backlog } from './backlog.ts';
import { tooMany } from './quota-decisions.ts';

export interface RoomParts {
  readonly database: Database;
  readonly clock: Clock;
  /** Deliveries of a webhook that are being attempted now. */
  readonly inFlight: (webhookId: number) => readonly number[];
  /** Deliveries of the webhook ended in the store, and may be held in memory elsewhere. */
  readonly reload: (webhookId: number) => void;
  readonly onDropped: (ended: readonly Ended[]) => void;
  /** What is known of the webhook's backlog is wrong. */
  readonly recount: (webhookId: number) => void;
}

/** Deliveries that are dropped in one unit of work. */
const dropsPerUnit = 200;

/**
 * Drops the oldest that waits for a webhook, in small units, until its quota has room again; what is being attempted
 * stays. Resolves with how many went.
 */
export async function makeRoom(webhook: Webhook, backlog: Backlog, parts: RoomParts): Promise<number> {
  const { database, clock, inFlight, reload, onDropped } = parts;
  for (let total = 0; ;) {
    const oldest = await findOldest(webhook, backlog, parts);
    const chosen = tooMany(oldest, backlog.waiting, webhook.options.quota, inFlight(webhook.id), clock.now());
    const ids = chosen.map(({ id }) => id);
    const ended = await dropDeliveries(database, ids, 'quota_reached', clock.now());
    if (ended.length === 0) return total;
    onDropped(ended);
    reload(webhook.id);
    total += ended.length;
  }
}

/** Asks the store for the oldest that waits for a webhook, and tells its backlog. */
export async function findOldest(
  { id: webhookId, instanceId }: Webhook,
  backlog: Backlog,
  { database, recount }: Pick<RoomParts, 'database' | 'recount'>,
): Promise<readonly WaitingDelivery[]> {
  const from = backlog.oldestId ?? 0;
  const oldest = await oldestWaiting(database, { instanceId, webhookId, from, limit: dropsPerUnit });
  if (oldest[0] !== undefined) backlog.oldestIs(oldest[0]);
  else if (backlog.waiting.deliveries > 0) recount(webhookId);
  return oldest;
}
