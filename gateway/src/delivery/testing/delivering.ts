import { after } from 'node:test';
import type { EventName } from '@eazewa/sdk/events';
import type { Database } from '../../database/database.ts';
import { sql } from '../../database/sql.ts';
import { testDatabases } from '../../database/testing/databases.ts';
import { createOutboxStore } from '../../outbox/delivery-store.ts';
import { listDeliveries, type DeliveryRecord } from '../../outbox/list-deliveries.ts';
import type { FetchMedia } from '../../outbox/inline-media.ts';
import type { OutboxStore } from '../../outbox/outbox-store.ts';
import { newDeliveries, prepareEvent } from '../../outbox/record-event.ts';
import { plainWebhook, type Webhook } from '../../webhooks/webhook.ts';
import type { HealthChange } from '../../webhooks/health-change.ts';
import { createScheduler, type Scheduler, type SchedulerLimits } from '../scheduler.ts';
import { createSender, type Sender } from '../sender.ts';
import { turns, until } from '../../testing/until.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { brokenPromises, startReceiver, type Receiver, type ReceiverOptions } from './receiver.ts';
import { noFiles } from './scripted-media.ts';

const [sqlite] = testDatabases();

export interface Delivering {
  readonly clock: FakeClock;
  readonly db: Database;
  readonly receiver: Receiver;
  readonly scheduler: Scheduler;
  /** What was logged, as `level: message`. */
  readonly logged: readonly string[];
  readonly health: readonly HealthChange[];
  /** Ids of the recorded events, by the receiver's name of the lane. */
  readonly recorded: Map<string, string[]>;
  setWebhook(webhook: Partial<Webhook> & { readonly id: number }): void;
  removeWebhook(id: number): void;
  /** Records an event in a lane of webhook 1, or of others; commits it and tells the scheduler. */
  record(
    lane: number,
    options?: { webhookId?: number | readonly number[]; name?: EventName; isSilent?: boolean; data?: object },
  ): Promise<string>;
  /** Moves the clock by as long as a lane in silence waits; resolves once it was waiting. */
  passGap(): Promise<number>;
  /** Resolves once nothing happens any more before the clock moves or the receiver answers what it holds open. */
  quiet(): Promise<void>;
  /** Moves the clock, timer by timer, by `ms`; before each step it is quiet. */
  pass(ms: number): Promise<void>;
  /** Deliveries of instance 1, oldest first. */
  deliveries(): Promise<DeliveryRecord[]>;
  /** Resolves once no delivery is pending. */
  settled(): Promise<void>;
  /** What the receiver can say against the promises. */
  broken(): string[];
  /** Ends this scheduler and starts another one on the same store. */
  restart(): Promise<Delivering>;
}

export interface DeliveringOptions {
  readonly receiver?: ReceiverOptions;
  readonly limits?: Partial<SchedulerLimits>;
  /** Where files are from; there are none unless it says otherwise. */
  readonly fetchMedia?: FetchMedia;
  /** Puts something between the scheduler and its store. */
  readonly wrapStore?: (store: OutboxStore) => OutboxStore;
  /** False to record before it starts. */
  readonly isStarted?: boolean;
}

/** The stations from recording to the answered webhook, with SQLite and a real receiver; only time stands still. */
export async function startDelivering(options: DeliveringOptions = {}): Promise<Delivering> {
  if (!sqlite) throw new Error('there is no test database');
  const receiver = await startReceiver(options.receiver);
  after(() => receiver.close());
  const db = await sqlite.open();
  const webhooks = new Map<number, Webhook>([[1, webhookOf({ id: 1 }, receiver)]]);
  return deliver({ db, receiver, webhooks, recorded: new Map(), options });
}

interface Given {
  readonly db: Database;
  readonly receiver: Receiver;
  readonly webhooks: Map<number, Webhook>;
  readonly recorded: Map<string, string[]>;
  readonly options: DeliveringOptions;
}

async function deliver(given: Given): Promise<Delivering> {
  const { db, receiver, webhooks, recorded, options } = given;
  const clock = new FakeClock();
  const store = createOutboxStore(db);
  const logged: string[] = [];
  const health: HealthChange[] = [];
  const sender: Sender = createSender({
    clock,
    policy: { allowLoopback: true, allowedRanges: [], setting: 'SETTING', ownAddresses: [] },
  });
  const scheduler = createScheduler({
    store: options.wrapStore?.(store) ?? store,
    clock,
    log: {
      info: (_, message) => logged.push(`info: ${message}`),
      warn: (_, message) => logged.push(`warn: ${message}`),
      error: (_, message) => logged.push(`error: ${message}`),
    },
    webhook: (id) => webhooks.get(id),
    send: (request, signal) => sender.send(request, signal),
    fetchMedia: options.fetchMedia ?? noFiles,
    limits: options.limits ?? {},
    onHealth: (change) => health.push(change),
  });
  if (options.isStarted !== false) await scheduler.start();
  after(async () => {
    const stopped = scheduler.stop();
    clock.advance(60_000);
    await stopped;
    sender.close();
  });

  /** Once all attempts wait for the receiver, what lanes still ask of the store is answered before what is asked after it. */
  async function quiet(): Promise<void> {
    do {
      for (let asked = 0; asked < 3; asked++) await db.all(sql`select 1`);
      await until(isAllOpen);
      await turns();
    } while (!isAllOpen());
  }

  function isAllOpen(): boolean {
    const open = receiver.requests.filter(({ closedAt }) => closedAt === null);
    return scheduler.state().lanesInTurn === open.length;
  }

  return {
    clock,
    db,
    receiver,
    scheduler,
    logged,
    health,
    recorded,
    setWebhook: (webhook) => webhooks.set(webhook.id, webhookOf(webhook, receiver)),
    removeWebhook: (id) => void webhooks.delete(id),
    async record(lane, { webhookId = 1, name = 'message', isSilent = false, data = {} } = {}) {
      const ids = typeof webhookId === 'number' ? [webhookId] : webhookId;
      const wanting = ids.flatMap((id) => webhooks.get(id) ?? []);
      const prepared = prepareEvent({
        instanceId: 1,
        chatId: lane,
        draft: { name, data: { lane, ...data }, identity: null },
        webhooks: wanting,
        nowMs: clock.now(),
      });
      for (const { url } of wanting) {
        const key = `${new URL(url ?? 'http://none').pathname} 1 ${lane}`;
        recorded.set(key, [...(recorded.get(key) ?? []), prepared.event.id]);
      }
      const deliveries = newDeliveries([prepared], await db.commit(prepared.statements));
      if (!isSilent) scheduler.add(deliveries);
      return prepared.event.id;
    },
    async passGap() {
      const gaps = () => clock.timersInMs.filter((ms) => ms > 2600 && ms < 3400);
      await until(() => gaps().length > 0);
      const gap = Math.min(...gaps());
      clock.advance(gap);
      return gap;
    },
    async deliveries() {
      const { deliveries } = await listDeliveries(db, { instanceId: 1, limit: 100_000 });
      return deliveries.toReversed();
    },
    quiet,
    async pass(ms) {
      for (const end = clock.monotonic() + ms; ;) {
        await quiet();
        const next = clock.nextInMs ?? Infinity;
        clock.advance(Math.min(next, end - clock.monotonic()));
        if (clock.monotonic() >= end) return quiet();
      }
    },
    async settled() {
      await until(async () => (await store.webhooksWaiting(0, 1)).length === 0);
    },
    broken: () => brokenPromises(receiver.requests, { recorded }),
    async restart() {
      await scheduler.stop();
      sender.close();
      return deliver(given);
    },
  };
}

function webhookOf(webhook: Partial<Webhook> & { readonly id: number }, receiver: Receiver): Webhook {
  return plainWebhook({
    instanceId: 1,
    url: `${receiver.url}/${webhook.id}`,
    events: ['message', 'message_ack'],
    ...webhook,
  });
}
