import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Ended } from '../outbox/delivery-store.ts';
import type { Delivery, OutboxStore } from '../outbox/outbox-store.ts';
import type { HealthChange } from '../webhooks/health-change.ts';
import { operatorInstanceId } from '../webhooks/webhook.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { Backlogs } from './backlogs.ts';
import { findOldest, makeRoom } from './make-room.ts';
import { OperationalEvents, type OperationalEvent } from './operational-events.ts';
import { nothingWaits, type Waiting } from './quota-decisions.ts';
import { Quotas } from './quotas.ts';
import { healthEvent } from './webhook-health.ts';

export interface OperationsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<OutboxStore, 'webhooksWaiting'>;
  readonly webhooks: Pick<Webhooks, 'of' | 'get'>;
  /** What the scheduler is asked and told. */
  readonly scheduler: {
    readonly add: (deliveries: readonly Delivery[]) => void;
    readonly lookAgain: (webhookIds: readonly number[]) => void;
    readonly inFlight: (webhookId: number) => readonly number[];
    readonly reload: (webhookId: number) => void;
  };
  /** So many deliveries were dropped for their webhooks' quotas. */
  readonly onDropped: (count: number) => void;
}

/** What waits for a webhook. */
export interface WebhookBacklog extends Waiting {
  /** False shortly after a start: more may be waiting. */
  readonly isCounted: boolean;
}

/** What keeps each webhook within its quota, and tells the operator what needs a look. */
export interface Operations {
  readonly events: Pick<OperationalEvents, 'tell'>;
  /** Begins to count what waits; holds nobody up. */
  start(): void;
  stop(): Promise<void>;
  /** Deliveries that a commit made: they are counted, and go to the scheduler. */
  added(deliveries: readonly Delivery[]): void;
  /** Nobody knows whether a commit made deliveries of these webhooks. */
  lookAgain(webhookIds: readonly number[]): void;
  /** The store was away: what ended meanwhile may never have been told. */
  storeIsBack(): void;
  /** Deliveries that wait no more, whichever way they ended. */
  ended(ended: readonly Ended[]): void;
  /** Whether the webhook takes no new delivery now. */
  isFull(webhookId: number): boolean;
  /** Deliveries of these webhooks were recorded as dropped, one for each. */
  refused(webhookIds: readonly number[]): void;
  healthChanged(change: HealthChange): void;
  /** A webhook was created, changed or removed. */
  webhookChanged(webhookId: number): void;
  /** From memory. */
  backlogOf(webhookId: number): WebhookBacklog;
  /** Webhooks that are at their quota. */
  webhooksAtQuota(): number;
}

export function createOperations(parts: OperationsParts): Operations {
  const { database, clock, log, store, webhooks, scheduler, onDropped } = parts;
  const events = new OperationalEvents({
    database,
    clock,
    log,
    webhooks: () => webhooks.of(operatorInstanceId),
    isFull,
    onDeliveries: added,
    onUncertain: lookAgain,
  });
  const tell = (event: OperationalEvent) => events.tell(event);
  const backlogs: Backlogs = new Backlogs({
    database,
    store,
    clock,
    log,
    onChange: (webhookId) => quotas.changed(webhookId),
  });
  const room = {
    database,
    clock,
    inFlight: scheduler.inFlight,
    reload: scheduler.reload,
    recount: (webhookId: number) => backlogs.lookAgain([webhookId]),
    onDropped(dropped: readonly Ended[]) {
      backlogs.ended(dropped);
      onDropped(dropped.length);
    },
  };
  const quotas: Quotas = new Quotas({
    backlogs,
    clock,
    log,
    webhook: (id) => webhooks.get(id),
    tell,
    findOldest: async (webhook, backlog) => void (await findOldest(webhook, backlog, room)),
    makeRoom: (webhook, backlog) => makeRoom(webhook, backlog, room),
  });

  function added(deliveries: readonly Delivery[]): void {
    backlogs.added(deliveries);
    scheduler.add(deliveries);
  }

  function lookAgain(webhookIds: readonly number[]): void {
    backlogs.lookAgain(webhookIds);
    scheduler.lookAgain(webhookIds);
  }

  function isFull(webhookId: number): boolean {
    return quotas.isFull(webhookId);
  }

  return {
    events,
    start: () => backlogs.start(),
    async stop() {
      quotas.stop();
      await Promise.all([backlogs.stop(), events.stop()]);
    },
    added,
    lookAgain,
    storeIsBack: () => backlogs.lookAgain([...backlogs.ids()]),
    ended: (ended) => backlogs.ended(ended),
    isFull,
    refused(webhookIds) {
      quotas.refused(webhookIds);
      onDropped(webhookIds.length);
    },
    healthChanged(change) {
      const event = healthEvent(change, webhooks.get(change.webhookId), clock);
      if (event !== null) tell(event);
    },
    webhookChanged(webhookId) {
      if (webhooks.get(webhookId) === undefined) backlogs.forget(webhookId);
      quotas.changed(webhookId);
    },
    backlogOf(webhookId) {
      const backlog = backlogs.of(webhookId);
      const isCounted = backlog?.isCounted ?? !backlogs.isFinding;
      return { ...(backlog?.waiting ?? nothingWaits), isCounted };
    },
    webhooksAtQuota: () => quotas.reached,
  };
}
