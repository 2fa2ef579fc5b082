import { proxyOf } from '../delivery/proxy.ts';
import { createScheduler, type Scheduler } from '../delivery/scheduler.ts';
import { sendTest, testDeadlineMs } from '../delivery/send-test.ts';
import { createSender } from '../delivery/sender.ts';
import { newEventId } from '../ids.ts';
import { createOperations, type Operations } from '../operations/operations.ts';
import { countSettled } from '../outbox/count-settled.ts';
import { createDeliveryLog, type DeliveryLog } from '../outbox/delivery-log.ts';
import { createOutboxStore } from '../outbox/delivery-store.ts';
import type { FetchMedia } from '../outbox/inline-media.ts';
import type { Settlement } from '../outbox/outbox-store.ts';
import { createReplays, type Replays } from '../outbox/replays.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import type { Ground } from './ground.ts';

export interface Deliveries {
  readonly scheduler: Scheduler;
  readonly operations: Operations;
  readonly replays: Replays;
  readonly log: DeliveryLog;
  readonly sendTest: (webhook: Parameters<typeof sendTest>[0]) => ReturnType<typeof sendTest>;
  /** Begins with what waits. */
  start(): Promise<void>;
  /** Ends what is under way, also when it has not begun. */
  stop(): Promise<void>;
}

/** What brings events to webhooks: the scheduler with its sender, replays, and the quotas that hold them in bounds. */
export function createDeliveries(ground: Ground, policy: AddressPolicy, fetchMedia: FetchMedia): Deliveries {
  const { config, clock, log, database, measures, webhooks } = ground;
  const proxy = config.webhookProxy === null ? null : proxyOf(config.webhookProxy);
  const sender = createSender({
    clock,
    policy,
    proxy,
    limits: { totalMs: config.webhookDeadlineMs, hostPerSecond: config.hostAttemptsPerSecond },
  });
  // Connections of its own, so that a test never waits for a place among the deliveries.
  const testLimitMs = Math.min(config.webhookDeadlineMs, testDeadlineMs);
  const tester = createSender({ clock, policy, proxy, limits: { totalMs: testLimitMs } });

  const replays: Replays = createReplays({
    database,
    clock,
    log,
    webhook: (id) => webhooks.get(id),
    onMade(webhookIds, count) {
      measures.onReplayed(count);
      operations.lookAgain(webhookIds);
    },
    onDropped(webhookIds, count) {
      measures.onSettled('dropped', count);
      operations.lookAgain(webhookIds);
      webhookIds.forEach((webhookId) => scheduler.reload(webhookId));
    },
  });
  const onSettled = (state: Settlement['state'], count: number) => {
    measures.onSettled(state, count);
    replays.ended(count);
  };
  const store = countSettled(
    createOutboxStore(database, (ended) => operations.ended(ended)),
    onSettled,
  );
  const scheduler: Scheduler = createScheduler({
    store,
    clock,
    log,
    webhook: (id) => webhooks.get(id),
    send: (request, signal) => sender.send(request, signal),
    fetchMedia,
    limits: { lanesAtOnce: config.webhookLanes },
    onResult: measures.onResult,
    onStoreBack: () => operations.storeIsBack(),
    onHealth: (change) => operations.healthChanged(change),
  });
  const operations: Operations = createOperations({
    database,
    clock,
    log,
    store,
    webhooks,
    scheduler: {
      add: (deliveries) => scheduler.add(deliveries),
      lookAgain: (webhookIds) => scheduler.lookAgain(webhookIds),
      inFlight: (webhookId) => scheduler.inFlight(webhookId),
      reload: (webhookId) => scheduler.reload(webhookId),
    },
    onDropped: (count) => onSettled('dropped', count),
  });
  webhooks.onChange(({ id }) => {
    operations.webhookChanged(id);
    void scheduler.webhookChanged(id);
    replays.webhookChanged();
  });
  return {
    scheduler,
    operations,
    replays,
    log: createDeliveryLog({
      database,
      webhook: (id) => webhooks.get(id),
      onReleased(webhookId) {
        operations.lookAgain([webhookId]);
        // What was released comes before what was recorded after it, and of that memory may hold some.
        scheduler.reload(webhookId);
      },
    }),
    sendTest: (webhook) =>
      sendTest(webhook, { sender: tester, clock, eventId: newEventId(clock.now()), deadlineMs: testLimitMs }),
    async start() {
      await scheduler.start();
      operations.start();
      await replays.start();
    },
    async stop() {
      await replays.stop();
      await scheduler.stop();
      sender.close();
      tester.close();
      await operations.stop();
    },
  };
}
