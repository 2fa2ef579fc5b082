import type { Clock } from '../clock.ts';
import type { Delivery, OutboxStore } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { FinishedAttempt } from './attempt-head.ts';
import type { AttemptResult } from './attempt-result.ts';
import { createHealthLog } from './health-log.ts';
import type { Logger } from './logger.ts';
import type { WebhookRequest } from './send-webhook.ts';
import { StoreOutage } from './store-outage.ts';
import { WakeUps } from './wake-ups.ts';
import { WebhookLanes, type LaneContext, type LaneLimits } from './webhook-lanes.ts';

/** Webhooks read from the store at a time when it starts. */
const webhooksPerPage = 1000;

export interface Scheduler {
  /** Takes up what the store has waiting. Resolves when all webhooks with waiting deliveries are known. */
  start(): Promise<void>;
  /** Takes deliveries that have just been committed; call it as soon as they are, in the order of the commits. */
  add(deliveries: readonly Delivery[]): void;
  /** A commit's outcome is not known: the store may have deliveries of these webhooks that will never be added. */
  lookAgain(webhookIds: readonly number[]): void;
  /**
   * A webhook was created, changed or removed: its next attempts are as it is now, what it no longer wants is dropped.
   * Never rejects.
   */
  webhookChanged(webhookId: number): Promise<void>;
  /** Starts no attempt any more and waits for those under way; those that take longer than `deadlineMs` are cut. */
  stop(deadlineMs?: number): Promise<void>;
}

export interface SchedulerOptions {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The webhook as it is now; `undefined` when there is none. */
  readonly webhook: (id: number) => Webhook | undefined;
  readonly send: (request: WebhookRequest, signal: AbortSignal) => Promise<AttemptResult>;
  readonly limits?: Partial<SchedulerLimits>;
  readonly random?: () => number;
  /** Told of each attempt's result. */
  readonly onResult?: (attempt: FinishedAttempt) => void;
}

export interface SchedulerLimits extends LaneLimits {
  /** Bytes of waiting bodies in memory. */
  readonly bodyBytes: number;
}

/**
 * Brings each delivery to its webhook: in the order of its lane, one at a time per lane, and again about three
 * seconds after each attempt without response. A lane's next delivery begins only when the end of the one before is
 * on disk, so a crash repeats at most one per lane.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, clock, log } = options;
  const tellHealth = createHealthLog(log);
  const groups = new Map<number, WebhookLanes>();
  let isStarted = false;
  let isStopping = false;
  const wakeUps = new WakeUps(clock);
  const outage = new StoreOutage({ clock, log, onBack: () => groups.forEach((group) => group.pump()) });
  const context: LaneContext = {
    ...options,
    outage,
    wakeUps,
    random: options.random ?? Math.random,
    onResult(attempt) {
      tellHealth(attempt);
      options.onResult?.(attempt);
    },
    memory: { bytes: 0, bytesMax: options.limits?.bodyBytes ?? 64 * 1024 * 1024 },
    limits: {
      lanesAtOnce: options.limits?.lanesAtOnce ?? 16,
      lanesInMemory: options.limits?.lanesInMemory ?? 1000,
    },
    maySend: () => !isStopping && !outage.isDown,
    onIdle: (webhookId) => groups.delete(webhookId),
  };

  return { start, add, lookAgain, webhookChanged, stop };

  async function start(): Promise<void> {
    for (let after = 0, isLast = false; !isLast;) {
      const page = await outage.through(() => store.webhooksWaiting(after, webhooksPerPage));
      page.forEach((webhookId, index) => group(webhookId, true).fetch(index / page.length));
      after = page.at(-1) ?? after;
      isLast = page.length < webhooksPerPage;
    }
    isStarted = true;
  }

  function add(deliveries: readonly Delivery[]): void {
    // Until all is known that waits, a webhook may have older deliveries in the store.
    for (const delivery of deliveries) group(delivery.webhookId, !isStarted).add(delivery);
  }

  function lookAgain(webhookIds: readonly number[]): void {
    for (const webhookId of webhookIds) group(webhookId, true).lookAgain();
  }

  async function webhookChanged(webhookId: number): Promise<void> {
    await group(webhookId, !isStarted).changed();
  }

  async function stop(deadlineMs = 10_000): Promise<void> {
    isStopping = true;
    wakeUps.clear();
    outage.stop();
    const all = [...groups.values()];
    await Promise.race([Promise.all(all.map((group) => group.whenQuiet())), passed(deadlineMs)]);
    all.forEach((group) => group.abortAll());
    await Promise.race([Promise.all(all.map((group) => group.writeHistories())), passed(1000)]);
  }

  function passed(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.after(ms, resolve));
  }

  function group(webhookId: number, hasBeyond: boolean): WebhookLanes {
    let found = groups.get(webhookId);
    if (!found) groups.set(webhookId, (found = new WebhookLanes(webhookId, context, hasBeyond)));
    return found;
  }
}
