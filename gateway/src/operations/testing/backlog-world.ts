import type { Database } from '../../database/database.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { createLog } from '../../log.ts';
import { createOutboxStore } from '../../outbox/delivery-store.ts';
import type { Delivery, OutboxStore } from '../../outbox/outbox-store.ts';
import { newDeliveries, prepareEvent, refusals } from '../../outbox/record-event.ts';
import { endOf } from '../../outbox/testing/ends.ts';
import { defaultOptions, plainWebhook, type Quota, type Webhook } from '../../webhooks/webhook.ts';
import { Backlogs } from '../backlogs.ts';
import { findOldest, makeRoom } from '../make-room.ts';
import type { OperationalEvent } from '../operational-events.ts';
import { Quotas } from '../quotas.ts';

/** What records and ends deliveries, with their quotas, on a store and a clock that stands still. */
export interface BacklogWorld {
  readonly clock: FakeClock;
  readonly store: OutboxStore;
  readonly backlogs: Backlogs;
  readonly quotas: Quotas;
  /** Names of what was told. */
  readonly told: string[];
  readonly events: OperationalEvent[];
  readonly reloaded: number[];
  readonly inFlight: Set<number>;
  /** Records one event in a lane; the body is a few bytes more than `text`. */
  readonly record: (lane: number, text?: string) => Promise<Delivery[]>;
  readonly end: (delivery: Delivery) => Promise<void>;
}

export const webhookId = 7;

export function backlogWorld(database: Database, quota: Partial<Quota> = {}): BacklogWorld {
  const options = { ...defaultOptions, quota: { ...defaultOptions.quota, ...quota } };
  const webhook: Webhook = plainWebhook({
    id: webhookId,
    instanceId: 1,
    url: 'https://receiver.test/secret-path',
    events: ['message'],
    options,
  });
  const clock = new FakeClock();
  const log = createLog('silent');
  const store = createOutboxStore(database, (ended) => backlogs.ended(ended));
  const [events, reloaded, inFlight] = [[] as OperationalEvent[], [] as number[], new Set<number>()];
  const backlogs: Backlogs = new Backlogs({
    database,
    store,
    clock,
    log,
    onChange: (id) => quotas.changed(id),
  });
  const room = {
    database,
    clock,
    inFlight: () => [...inFlight],
    reload: (id: number) => void reloaded.push(id),
    onDropped: (ended: Parameters<Backlogs['ended']>[0]) => backlogs.ended(ended),
    recount: (id: number) => backlogs.lookAgain([id]),
  };
  const quotas: Quotas = new Quotas({
    backlogs,
    clock,
    log,
    webhook: (id) => (id === webhookId ? webhook : undefined),
    tell: (event) => void events.push(event),
    findOldest: async (one, backlog) => void (await findOldest(one, backlog, room)),
    makeRoom: (one, backlog) => makeRoom(one, backlog, room),
  });
  return {
    clock,
    store,
    backlogs,
    quotas,
    get told() {
      return events.map(({ event }) => event);
    },
    events,
    reloaded,
    inFlight,
    record: async (lane, text = '') => {
      const prepared = prepareEvent({
        instanceId: 1,
        chatId: lane,
        draft: { name: 'message', data: { text }, identity: null },
        webhooks: [webhook],
        isFull: (id) => quotas.isFull(id),
        nowMs: clock.now(),
      });
      const committed = await database.commit(prepared.statements);
      const deliveries = newDeliveries([prepared], committed);
      backlogs.added(deliveries);
      quotas.refused(refusals(committed));
      return deliveries;
    },
    end: ({ id }) => store.settle(endOf(id)),
  };
}
