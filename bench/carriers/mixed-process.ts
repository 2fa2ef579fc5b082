import { systemClock } from '@eazewa/gateway/clock';
import type { Database } from '@eazewa/gateway/database/database';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import { createOutboxStore } from '@eazewa/gateway/outbox/delivery-store';
import { newDeliveries, prepareEvent } from '@eazewa/gateway/outbox/record-event';
import type { Webhook } from '@eazewa/gateway/webhooks/webhook';
import { answer } from '../support/child.ts';
import { measure, type Round } from '../support/measure.ts';
import { usage } from '../support/usage.ts';
import { signedWebhook, startLanes, type Lanes } from './lanes.ts';
import { eventOf, eventsOf, type LoadEvent } from './load.ts';

/** Webhooks that lead to one receiver; webhook and instance have the same number. */
export interface WebhookGroup {
  readonly firstId: number;
  readonly count: number;
  readonly url: string;
}

const webhooks = new Map<number, Webhook>();
const outcomes = new Map<string, number>();
let db: Database | undefined;
let lanes: Lanes | undefined;
let next: () => LoadEvent = () => eventOf(1, 1, 1);

const verbs = {
  /** Resolves with the milliseconds from the start of the process to the end of the scheduler's. */
  async open({ file, groups }: { readonly file: string; readonly groups: readonly WebhookGroup[] }) {
    for (const { firstId, count, url } of groups)
      for (let id = firstId; id < firstId + count; id++) webhooks.set(id, signedWebhook(id, url));
    const opened = await openDatabase(file);
    db = opened;
    lanes = await startLanes({
      store: createOutboxStore(opened),
      webhooks,
      record: async (prepared) => newDeliveries([prepared], await opened.commit(prepared.statements)),
      onResult: ({ result }) => {
        const word = 'reason' in result ? result.reason : result.outcome;
        outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
      },
    });
    const [healthy] = groups;
    next = eventsOf({ instances: healthy?.count ?? 1, chatsPerInstance: 10, outstanding: 0 });
    return performance.now();
  },
  /** Records events of a group's webhooks without waiting for their end; `bodyBytes` on top of the usual. */
  async fill({ group, chats, events, bodyBytes = 0 }: FillOptions) {
    const atOnce = Math.max(1, Math.min(2000, 8e6 / (bodyBytes + 2000)));
    for (let done = 0; done < events;) {
      const part: Promise<void>[] = [];
      for (const end = Math.min(events, done + atOnce); done < end; done++) {
        const id = group.firstId + (done % group.count);
        const chat = 1 + (Math.floor(done / group.count) % chats);
        part.push(record(eventOf(id, chat, 0), bodyBytes));
      }
      await Promise.all(part);
    }
  },
  /** Events of the first group's webhooks at their times; resolves when all are delivered. */
  async pace({ ms, perS }: { readonly ms: number; readonly perS: number }): Promise<number> {
    const start = performance.now();
    const all: Promise<void>[] = [];
    for (let passed = 0; passed < ms; passed = performance.now() - start) {
      while (all.length < (Math.min(passed, ms) / 1000) * perS) all.push(one());
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, 1000 / perS)));
    }
    await Promise.all(all);
    return all.length;
  },
  flood: ({ ms, outstanding }: { readonly ms: number; readonly outstanding: number }): Promise<Round> =>
    measure(
      ms,
      Array.from({ length: outstanding }, () => one),
    ),
  /** What attempts have come to so far, by outcome or reason; and what the process uses. */
  state() {
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const { cpuUs, rssBytes } = usage();
    return { outcomes: Object.fromEntries(outcomes), sockets, cpuUs, rssMb: rssBytes / 1e6 };
  },
  async close() {
    await lanes?.close();
    await db?.close();
  },
};

export interface FillOptions {
  readonly group: WebhookGroup;
  readonly chats: number;
  readonly events: number;
  readonly bodyBytes?: number;
}

export type MixedVerbs = typeof verbs;

/** Its events are not those of the process before on the same file. */
const life = Date.now();

function one(): Promise<void> {
  const event = next();
  return lanes?.deliver({ ...event, identity: `${life} ${event.identity}` }) ?? Promise.resolve();
}

async function record({ instanceId, chatId, ...draft }: LoadEvent, bodyBytes: number): Promise<void> {
  const webhook = webhooks.get(instanceId);
  if (!webhook || !db || !lanes) return;
  const data = bodyBytes === 0 ? draft.data : { ...draft.data, padding: 'x'.repeat(bodyBytes) };
  const nowMs = systemClock.now();
  const prepared = prepareEvent({
    instanceId,
    chatId,
    draft: { ...draft, data, identity: null },
    webhooks: [webhook],
    nowMs,
  });
  lanes.add(newDeliveries([prepared], await db.commit(prepared.statements)));
}

answer(verbs);
