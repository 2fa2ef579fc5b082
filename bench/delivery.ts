import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { systemClock } from '@eazewa/gateway/clock';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import { createScheduler, type Scheduler } from '@eazewa/gateway/delivery/scheduler';
import { createSender } from '@eazewa/gateway/delivery/sender';
import { createOutboxStore } from '@eazewa/gateway/outbox/delivery-store';
import type { OutboxStore } from '@eazewa/gateway/outbox/outbox-store';
import { newDeliveries, prepareEvent, type PreparedEvent } from '@eazewa/gateway/outbox/record-event';
import { plainWebhook, type Webhook } from '@eazewa/gateway/webhooks/webhook';
import { MemoryOutbox } from './support/memory-outbox.ts';
import { startCountingReceiver, type CountingReceiver } from './support/receiver.ts';
import { measure, median, type Round } from './support/measure.ts';

export interface DeliveryOptions {
  readonly rounds?: number;
  readonly roundMs?: number;
  readonly instances?: number;
  readonly chatsPerInstance?: number;
  /** Events of one instance that are recorded but not yet settled. */
  readonly outstanding?: number;
}

/** What is compared, by its name in the result. */
const variants = {
  durable: 'SQLite, synchronous=FULL, in its worker thread',
  memory: 'the same scheduler and sender, nothing stored',
  axios: 'axios.post per event, nothing stored, no order',
} as const;

type Variant = keyof typeof variants;

/**
 * Events per second from recording to the settled webhook: durable, against the same code without a store, and against
 * one axios call per event. Rounds are interleaved, so that a busy machine is unfair to all of them alike.
 */
export async function runDelivery(options: DeliveryOptions = {}): Promise<void> {
  const { rounds = 4, roundMs = 2500, instances = 100, chatsPerInstance = 10, outstanding = 4 } = options;
  const load = { roundMs, instances, chatsPerInstance, outstanding };
  const results: Record<Variant, Round[]> = { durable: [], memory: [], axios: [] };
  const broken: string[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const variant of ['memory', 'durable', 'axios'] as const) {
      const receiver = await startCountingReceiver();
      const measured = await runRound(variant, receiver, load);
      const { requests, outOfOrder } = await receiver.counts();
      receiver.close();
      results[variant].push(measured);
      if (variant === 'axios') continue;
      if (outOfOrder > 0) broken.push(`${variant}: ${outOfOrder} out of order`);
      if (requests !== measured.events)
        broken.push(`${variant}: ${measured.events} events, ${requests} requests`);
    }
  }
  report(results, broken);
}

interface Load {
  readonly roundMs: number;
  readonly instances: number;
  readonly chatsPerInstance: number;
  readonly outstanding: number;
}

async function runRound(variant: Variant, receiver: CountingReceiver, load: Load): Promise<Round> {
  if (variant === 'axios') return runAxios(receiver, load);
  if (variant === 'memory') return runMemory(receiver, load);
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const db = await openDatabase(join(folder, 'bench.db'));
  try {
    return await runLanes(createOutboxStore(db), receiver, load, async (prepared) => {
      return newDeliveries([prepared], await db.commit(prepared.statements));
    });
  } finally {
    await db.close();
    await rm(folder, { recursive: true });
  }
}

function runMemory(receiver: CountingReceiver, load: Load): Promise<Round> {
  const store = new MemoryOutbox();
  return runLanes(store, receiver, load, (prepared, webhookId, lane) => {
    return Promise.resolve([store.record(prepared, webhookId, lane)]);
  });
}

type Record_ = (
  prepared: PreparedEvent,
  webhookId: number,
  lane: number,
) => Promise<ReturnType<typeof newDeliveries>>;

async function runLanes(
  store: OutboxStore,
  receiver: CountingReceiver,
  load: Load,
  record: Record_,
): Promise<Round> {
  const webhooks = new Map<number, Webhook>();
  for (let id = 1; id <= load.instances; id++) {
    webhooks.set(id, plainWebhook({ id, instanceId: id, url: receiver.url, events: ['message'] }));
  }
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
    log: { info() {}, warn: console.warn, error: console.error },
    webhook: (id) => webhooks.get(id),
    send: (request, signal) => sender.send(request, signal),
  });
  await scheduler.start();
  const round = await measure(
    load.roundMs,
    producers(load, (instanceId, chatId, seq) =>
      deliver({ instanceId, chatId, seq, webhooks, record, scheduler, settled }),
    ),
  );
  await scheduler.stop();
  sender.close();
  return round;
}

async function deliver({
  instanceId,
  chatId,
  seq,
  webhooks,
  record,
  scheduler,
  settled,
}: {
  instanceId: number;
  chatId: number;
  seq: number;
  webhooks: Map<number, Webhook>;
  record: Record_;
  scheduler: Scheduler;
  settled: Map<number, () => void>;
}): Promise<void> {
  const webhook = webhooks.get(instanceId);
  const prepared = prepareEvent({
    instanceId,
    chatId,
    draft: draftOf(instanceId, chatId, seq),
    webhooks: webhook ? [webhook] : [],
    nowMs: Date.now(),
  });
  const deliveries = await record(prepared, instanceId, chatId);
  const ends = deliveries.map(({ id }) => new Promise<void>((resolve) => settled.set(id, resolve)));
  scheduler.add(deliveries);
  await Promise.all(ends);
}

async function runAxios(receiver: CountingReceiver, load: Load): Promise<Round> {
  return measure(
    load.roundMs,
    producers({ ...load, outstanding: 1 }, async (instanceId, chatId, seq) => {
      const { name, data } = draftOf(instanceId, chatId, seq);
      await axios.post(receiver.url, { event: name, instanceId: String(instanceId), data });
    }),
  );
}

/** As many loops as events may be outstanding; each takes the next chat of its instance in turn. */
function producers(load: Load, deliver: (instanceId: number, chatId: number, seq: number) => Promise<void>) {
  return Array.from({ length: load.instances }, (_, index) => {
    const seqs = new Map<number, number>();
    let next = 0;
    const one = async () => {
      const chatId = 1 + (next++ % load.chatsPerInstance);
      const seq = 1 + (seqs.get(chatId) ?? 0);
      seqs.set(chatId, seq);
      await deliver(index + 1, chatId, seq);
    };
    return Array.from({ length: load.outstanding }, () => one);
  }).flat();
}

/** About 1.7 KB, as a text message is. */
function draftOf(instanceId: number, chatId: number, seq: number) {
  const lane = `${instanceId}/${chatId}`;
  const message = { id: { remote: `${chatId}@c.us` }, body: filler, type: 'chat', timestamp: 1_700_000_000 };
  return {
    name: 'message' as const,
    identity: `message ${lane} ${seq}`,
    data: { message, media: null, lane, seq },
  };
}

const filler = 'The quick brown fox jumps over the lazy dog. '.repeat(33);

function bound(store: OutboxStore): OutboxStore {
  return {
    webhooksWaiting: (...given) => store.webhooksWaiting(...given),
    lanesWaiting: (...given) => store.lanesWaiting(...given),
    heads: (...given) => store.heads(...given),
    settle: (settlement) => store.settle(settlement),
    logAttempts: (log) => store.logAttempts(log),
    drop: (selection) => store.drop(selection),
  };
}

function report(results: Record<Variant, Round[]>, broken: readonly string[]): void {
  const figures = Object.fromEntries(
    Object.entries(results).map(([variant, rounds]) => [
      variant,
      {
        eventsPerS: Math.round(median(rounds.map((round) => round.eventsPerS))),
        cpuUsPerEvent: Math.round(median(rounds.map((round) => round.cpuUsPerEvent))),
      },
    ]),
  );
  for (const [variant, about] of Object.entries(variants)) {
    const { eventsPerS = 0, cpuUsPerEvent = 0 } = figures[variant] ?? {};
    console.log(
      `${variant.padEnd(8)} ${`${eventsPerS}`.padStart(7)} events/s ${`${cpuUsPerEvent}`.padStart(5)} us CPU/event   ${about}`,
    );
  }
  const ratio = (one: Variant, other: Variant) =>
    Number(((figures[one]?.eventsPerS ?? 0) / (figures[other]?.eventsPerS ?? 1)).toFixed(2));
  const ratios = { durableToMemory: ratio('durable', 'memory'), durableToAxios: ratio('durable', 'axios') };
  console.log(`durable is ${ratios.durableToMemory} of memory and ${ratios.durableToAxios} times axios`);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'delivery', ...figures, ratios, broken }));
  if (broken.length > 0) process.exitCode = 1;
}
