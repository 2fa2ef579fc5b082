import type { Clock } from '../clock.ts';
import type { FetchMedia } from '../outbox/inline-media.ts';
import type { HealthChange } from '../webhooks/health-change.ts';
import type { Delivery, OutboxStore } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { FinishedAttempt } from './attempt-head.ts';
import type { AttemptResult } from './attempt-result.ts';
import { createBodyRoom } from './body-room.ts';
import { watchHealth } from './health.ts';
import type { LaneContext, LaneLimits } from './lane-parts.ts';
import type { Logger } from './logger.ts';
import { MediaFetches } from './media-fetches.ts';
import type { WebhookRequest } from './webhook-request.ts';
import { StoreOutage } from './store-outage.ts';
import { WakeUps } from './wake-ups.ts';
import { WebhookTraffic } from './webhook-traffic.ts';

/** Webhooks read from the store at a time when it starts. */
const webhooksPerPage = 1000;

export interface Scheduler {
  /** Takes up what the store has waiting. Resolves when all webhooks with waiting deliveries are known. */
  start(): Promise<void>;
  /** Takes deliveries that have just been committed; call it as soon as they are, in the order of the commits. */
  add(deliveries: readonly Delivery[]): void;
  /** A commit's outcome is not known: the store may have deliveries of these webhooks that will never be added. */
  lookAgain(webhookIds: readonly number[]): void;
  /** Waiting deliveries of a webhook were ended in the store, except those that are `inFlight`: none of them is sent. */
  reload(webhookId: number): void;
  /** Ids of a webhook's deliveries that are being attempted. */
  inFlight(webhookId: number): number[];
  /**
   * A webhook was created, changed or removed: its next attempts are as it is now, what it no longer wants is dropped.
   * Never rejects.
   */
  webhookChanged(webhookId: number): Promise<void>;
  /** Nobody fetches files any more: what waits for one waits for the next start. `stop` does it too. */
  stopFetching(): void;
  /** How it is now. */
  state(): SchedulerState;
  /** Starts no attempt any more and waits for those under way; those that take longer than `deadlineMs` are cut. */
  stop(deadlineMs?: number): Promise<void>;
}

export interface SchedulerState {
  /** Lanes that are being attempted, or whose result is being written down. */
  readonly lanesInTurn: number;
  /** Webhooks whose receiver does not answer, as far as something waits for them. */
  readonly closedGates: number;
  /** Lanes that wait for one of these to answer, as far as memory knows of them. */
  readonly restingLanes: number;
  /** Lanes whose next body is large and waits for room in memory. */
  readonly lanesForRoom: number;
}

export interface SchedulerOptions {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The webhook as it is now; `undefined` when there is none. */
  readonly webhook: (id: number) => Webhook | undefined;
  readonly send: (request: WebhookRequest, signal: AbortSignal) => Promise<AttemptResult>;
  /** For the bodies of webhooks that want files in them. */
  readonly fetchMedia: FetchMedia;
  readonly limits?: Partial<SchedulerLimits>;
  readonly random?: () => number;
  /** Told of each attempt's result. */
  readonly onResult?: (attempt: FinishedAttempt) => void;
  /** The store was away and is back: of what was asked of it before, nobody knows whether it did it. */
  readonly onStoreBack?: () => void;
  /** Told once when a webhook stops answering, and once when it answers again. */
  readonly onHealth?: (change: HealthChange) => void;
}

export interface SchedulerLimits extends LaneLimits {
  /** Bytes of waiting bodies in memory. */
  readonly bodyBytes: number;
  /** Bytes of large bodies that are being sent; attempts after a silence have half as much besides. */
  readonly bodyRoomBytes: number;
}

const defaultLimits: SchedulerLimits = {
  lanesAtOnce: 16,
  keepers: 16,
  lanesInMemory: 1000,
  lanesWhileClosed: 64,
  bodyBytes: 64 * 1024 * 1024,
  bodyRoomBytes: 64 * 1024 * 1024,
};

/**
 * Brings each delivery to its webhook: in the order of its lane, one at a time per lane, and again about three
 * seconds after each attempt without response. A lane's next delivery begins only when the end of the one before is
 * on disk, so a crash repeats at most one per lane.
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, clock, log } = options;
  const watch = watchHealth(clock, log, options.onHealth ?? (() => undefined));
  const groups = new Map<number, WebhookTraffic>();
  let isStarted = false;
  let isStopping = false;
  const wakeUps = new WakeUps(clock);
  const outage = new StoreOutage({
    clock,
    log,
    onBack() {
      options.onStoreBack?.();
      groups.forEach((group) => group.pump());
    },
  });
  const media = new MediaFetches({ ...options, outage, wakeUps });
  const context: LaneContext = {
    ...options,
    media,
    bodyRoom: createBodyRoom(clock, options.limits?.bodyRoomBytes ?? defaultLimits.bodyRoomBytes),
    outage,
    wakeUps,
    random: options.random ?? Math.random,
    onResult(attempt) {
      watch(attempt);
      options.onResult?.(attempt);
    },
    memory: { bytes: 0, bytesMax: options.limits?.bodyBytes ?? defaultLimits.bodyBytes },
    maySend: () => !isStopping && !outage.isDown,
  };
  const limits: LaneLimits = { ...defaultLimits, ...options.limits };

  return { start, add, lookAgain, reload, inFlight, webhookChanged, stopFetching, state, stop };

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

  function reload(webhookId: number): void {
    groups.get(webhookId)?.reload();
  }

  function inFlight(webhookId: number): number[] {
    return groups.get(webhookId)?.inFlight ?? [];
  }

  async function webhookChanged(webhookId: number): Promise<void> {
    const changed = group(webhookId, !isStarted).changed();
    media.webhookChanged(webhookId);
    await changed;
  }

  function stopFetching(): void {
    void media.stop();
  }

  function state(): SchedulerState {
    const all = [...groups.values()];
    return {
      lanesInTurn: all.reduce((sum, { lanesInTurn }) => sum + lanesInTurn, 0),
      closedGates: all.filter(({ isGateClosed }) => isGateClosed).length,
      restingLanes: all.reduce((sum, { restingLanes }) => sum + restingLanes, 0),
      lanesForRoom: all.reduce((sum, { lanesForRoom }) => sum + lanesForRoom, 0),
    };
  }

  async function stop(deadlineMs = 10_000): Promise<void> {
    isStopping = true;
    wakeUps.clear();
    outage.stop();
    const all = [...groups.values()];
    const quiet = Promise.all([media.stop(), ...all.map((group) => group.whenQuiet())]);
    await Promise.race([quiet, passed(deadlineMs)]);
    all.forEach((group) => group.abortAll());
    await Promise.race([Promise.all(all.map((group) => group.writeHistories())), passed(1000)]);
  }

  function passed(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.after(ms, resolve));
  }

  function group(webhookId: number, hasStored: boolean): WebhookTraffic {
    let found = groups.get(webhookId);
    if (!found) {
      const made: WebhookTraffic = new WebhookTraffic(
        // One that is gone may still end something; there may be another by then.
        {
          webhookId,
          context,
          limits,
          onIdle: () => groups.get(webhookId) === made && groups.delete(webhookId),
        },
        hasStored,
      );
      groups.set(webhookId, (found = made));
    }
    return found;
  }
}
