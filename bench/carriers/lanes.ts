import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@eazewa/gateway/clock';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import { createScheduler, type SchedulerOptions } from '@eazewa/gateway/delivery/scheduler';
import { MemoryStore } from '@eazewa/gateway/delivery/testing/memory-store';
import { noFiles } from '@eazewa/gateway/delivery/testing/scripted-media';
import { createSender } from '@eazewa/gateway/delivery/sender';
import { createOutboxStore } from '@eazewa/gateway/outbox/delivery-store';
import type { Delivery, OutboxStore } from '@eazewa/gateway/outbox/outbox-store';
import { newDeliveries, prepareEvent, type PreparedEvent } from '@eazewa/gateway/outbox/record-event';
import { noSecrets, plainWebhook, type Webhook } from '@eazewa/gateway/webhooks/webhook';
import type { Carrier, CarrierOptions } from './carrier.ts';
import type { LoadEvent } from './load.ts';

/** The gateway's own lanes and sender, on whatever keeps the deliveries. */
export async function openLanes({ kind, url, load, postgres }: CarrierOptions): Promise<Carrier> {
  const webhooks = new Map<number, Webhook>();
  for (let id = 1; id <= load.instances; id++) webhooks.set(id, signedWebhook(id, url));
  if (kind === 'memory') {
    const store = new MemoryStore();
    return startLanes({
      store,
      webhooks,
      record: async ({ event }, webhookId, lane) => [store.record(lane, webhookId, event)],
    });
  }
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const db = await openDatabase(kind === 'postgres' ? (postgres ?? '') : join(folder, 'bench.db'));
  const lanes = await startLanes({
    store: createOutboxStore(db),
    webhooks,
    record: async (prepared) => newDeliveries([prepared], await db.commit(prepared.statements)),
  });
  return {
    deliver: (event) => lanes.deliver(event),
    async close() {
      await lanes.close();
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}

export interface LanesParts {
  readonly store: OutboxStore;
  readonly webhooks: ReadonlyMap<number, Webhook>;
  readonly record: (prepared: PreparedEvent, webhookId: number, lane: number) => Promise<Delivery[]>;
  readonly onResult?: SchedulerOptions['onResult'];
}

export interface Lanes extends Carrier {
  /** Takes deliveries that were recorded elsewhere; nobody waits for their end. */
  add(deliveries: readonly Delivery[]): void;
}

/** Scheduler and sender over a store; webhook and instance have the same number. */
export async function startLanes({ store, webhooks, record, onResult }: LanesParts): Promise<Lanes> {
  const settled = new Map<number, () => void>();
  const sender = createSender({
    clock: systemClock,
    policy: { allowLoopback: true, allowedRanges: [], setting: '', ownAddresses: [] },
  });
  const scheduler = createScheduler({
    store: {
      ...bound(store),
      async settle(settlement) {
        await store.settle(settlement);
        settled.get(settlement.deliveryId)?.();
        settled.delete(settlement.deliveryId);
      },
    },
    clock: systemClock,
    log: { info() {}, warn() {}, error: console.error },
    webhook: (id) => webhooks.get(id),
    send: (request, signal) => sender.send(request, signal),
    fetchMedia: noFiles,
    ...(onResult ? { onResult } : {}),
  });
  await scheduler.start();
  return {
    async deliver({ instanceId, chatId, ...draft }: LoadEvent) {
      const webhook = webhooks.get(instanceId);
      const prepared = prepareEvent({
        instanceId,
        chatId,
        draft,
        webhooks: webhook ? [webhook] : [],
        nowMs: Date.now(),
      });
      const deliveries = await record(prepared, instanceId, chatId);
      const ends = deliveries.map(({ id }) => new Promise<void>((resolve) => settled.set(id, resolve)));
      scheduler.add(deliveries);
      await Promise.all(ends);
    },
    add: (deliveries) => scheduler.add(deliveries),
    async close() {
      await scheduler.stop(0);
      sender.close();
    },
  };
}

/** A webhook as a new one is: with a key that its requests are signed with. */
export function signedWebhook(id: number, url: string): Webhook {
  const key = `whsec_${Buffer.alloc(32, id).toString('base64')}`;
  const secrets = { ...noSecrets, signing: [{ key, until: null }] };
  return plainWebhook({ id, instanceId: id, url, events: ['message'], secrets });
}

function bound(store: OutboxStore): OutboxStore {
  return {
    webhooksWaiting: (...given) => store.webhooksWaiting(...given),
    lanesWaiting: (...given) => store.lanesWaiting(...given),
    heads: (...given) => store.heads(...given),
    settle: (settlement) => store.settle(settlement),
    freeze: (deliveryId, body) => store.freeze(deliveryId, body),
    ownBody: (deliveryId) => store.ownBody(deliveryId),
    logAttempts: (log) => store.logAttempts(log),
    drop: (selection) => store.drop(selection),
  };
}
