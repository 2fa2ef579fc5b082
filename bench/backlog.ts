import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '@eazewa/gateway/database/open-database';
import type { MixedVerbs, WebhookGroup } from './carriers/mixed-process.ts';
import { startChild } from './support/child.ts';
import { median } from './support/measure.ts';
import { startCountingReceiver, type CountingReceiver } from './support/receiver.ts';
import { freePort } from './support/servers.ts';
import { formatTable } from './support/table.ts';

export interface BacklogOptions {
  readonly rows?: number;
  readonly rounds?: number;
  readonly roundMs?: number;
  readonly settleMs?: number;
}

/** How the waiting deliveries are spread. */
interface Shape {
  readonly webhooks: number;
  readonly lanesPerWebhook: number;
}

const shapes: Record<string, Shape> = {
  deadWebhooks: { webhooks: 1000, lanesPerWebhook: 1 },
  manyLanes: { webhooks: 10, lanesPerWebhook: 30_000 },
};

const live = { firstId: 1, count: 100 };
const firstDeadId = 1001;

interface Measured {
  readonly eventsPerS: number;
  readonly rssMb: number;
  /** From the start of the process to the first request that came in. */
  readonly firstDeliveryMs: number;
  /** Events that were delivered, and requests that came. */
  readonly events: number;
  readonly requests: number;
}

/** What a million waiting deliveries cost those that do not wait: rate, memory, and the time of a restart. */
export async function runBacklog(options: BacklogOptions = {}): Promise<void> {
  const { rows = 1_000_000, rounds = 3, roundMs = 3000, settleMs = 4000 } = options;
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const results: Record<string, Measured[]> = { clean: [] };
  const built: Record<string, number> = {};
  try {
    const files: Record<string, string> = { clean: join(folder, 'clean.db') };
    await prepareFile(join(folder, 'clean.db'), { webhooks: 0, lanesPerWebhook: 0 }, 0);
    for (const [name, shape] of Object.entries(shapes)) {
      const start = performance.now();
      files[name] = join(folder, `${name}.db`);
      await prepareFile(join(folder, `${name}.db`), shape, rows);
      built[name] = Math.round((performance.now() - start) / 1000);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [name, file] of Object.entries(files)) {
        const deadCount = shapes[name]?.webhooks ?? 0;
        (results[name] ??= []).push(await measureFile(file, deadCount, { roundMs, settleMs }));
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  report(results, rows, built);
}

/** The process is started anew on the file each time: that is the restart which is measured. */
async function measureFile(
  file: string,
  deadCount: number,
  { roundMs, settleMs }: { readonly roundMs: number; readonly settleMs: number },
): Promise<Measured> {
  waitingLive(file);
  const receiver: CountingReceiver = await startCountingReceiver();
  const groups: WebhookGroup[] = [{ ...live, url: receiver.url }];
  const url = `http://127.0.0.1:${await freePort()}/dead`;
  if (deadCount > 0) groups.push({ firstId: firstDeadId, count: deadCount, url });
  const startedAt = performance.now();
  const child = startChild<MixedVerbs>('../carriers/mixed-process.ts', ['--expose-gc']);
  const opening = child.ask('open', { file, groups });
  await received(receiver, 1);
  const firstDeliveryMs = performance.now() - startedAt;
  await opening;
  await received(receiver, live.count);
  await setTimeout(settleMs);
  const warmUp = await child.ask('flood', { ms: roundMs / 3, outstanding: 400 });
  const { events, eventsPerS } = await child.ask('flood', { ms: roundMs, outstanding: 400 });
  const { rssMb } = await child.ask('state', undefined);
  const { requests } = await receiver.counts();
  await child.kill();
  await receiver.close();
  return { eventsPerS, rssMb, firstDeliveryMs, events: events + warmUp.events + live.count, requests };
}

async function received(receiver: CountingReceiver, count: number): Promise<void> {
  while ((await receiver.counts()).requests < count) await setTimeout(10);
}

/** A migrated file with so many deliveries that wait, of events of 300 bytes, without a sync. */
async function prepareFile(file: string, { webhooks, lanesPerWebhook }: Shape, rows: number): Promise<void> {
  await (await openDatabase(file)).close();
  if (rows === 0) return;
  const db = new DatabaseSync(file);
  db.exec(`pragma synchronous = off; pragma cache_size = -200000;
    begin;
    with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${rows - 1})
    insert into events (id, instance_id, name, chat_id, body, recorded_at)
    select printf('evt_00%024d', n), ${firstDeadId} + n % ${webhooks}, 'message', 1,
      zeroblob(300), 1700000000000 + n from numbers;
    with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${rows - 1})
    insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at, body_bytes)
    select ${firstDeadId} + n % ${webhooks}, ${firstDeadId} + n % ${webhooks},
      1 + (n / ${webhooks}) % ${lanesPerWebhook}, printf('evt_00%024d', n), 'pending', 0, 1700000000000 + n, 300
    from numbers;
    commit;
    pragma wal_checkpoint(truncate);`);
  db.close();
}

/** One delivery waits for each of the live webhooks, behind all others: what a restart has to find. */
function waitingLive(file: string): void {
  const db = new DatabaseSync(file);
  const { n } = db.prepare('select count(*) as n from event_identities').get() as { n: number };
  const prefix = `evt_01${String(n + Date.now()).padStart(16, '0')}`;
  for (let id = live.firstId; id < live.firstId + live.count; id++) {
    const eventId = `${prefix}${String(id).padStart(8, '0')}`;
    db.prepare(`insert into events (id, instance_id, name, chat_id, body, recorded_at)
      values (?, ?, 'message', 99, ?, 1)`).run(eventId, id, Buffer.from('{}'));
    db.prepare(`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at)
      values (?, ?, 99, ?, 'pending', 0, 1)`).run(id, id, eventId);
  }
  db.close();
}

function report(results: Record<string, Measured[]>, rows: number, built: Record<string, number>): void {
  const figures = Object.fromEntries(
    Object.entries(results).map(([name, rounds]) => [
      name,
      {
        eventsPerS: Math.round(median(rounds.map((round) => round.eventsPerS))),
        rssMb: Math.round(median(rounds.map((round) => round.rssMb))),
        firstDeliveryMs: Math.round(median(rounds.map((round) => round.firstDeliveryMs))),
      },
    ]),
  );
  const head = ['', 'live events/s', 'RSS MB', 'first delivery ms'];
  const table = Object.entries(figures).map(([name, of]) => [
    `${name} (${aboutShape(name, rows)})`,
    of.eventsPerS,
    of.rssMb,
    of.firstDeliveryMs,
  ]);
  console.log(formatTable(head, table));
  const ratios = Object.fromEntries(
    Object.keys(shapes).map((name) => [
      name,
      {
        liveRate: Number(((figures[name]?.eventsPerS ?? 0) / (figures['clean']?.eventsPerS ?? 1)).toFixed(2)),
        rssAddedMb: (figures[name]?.rssMb ?? 0) - (figures['clean']?.rssMb ?? 0),
        firstDelivery: Number(
          ((figures[name]?.firstDeliveryMs ?? 0) / (figures['clean']?.firstDeliveryMs ?? 1)).toFixed(2),
        ),
      },
    ]),
  );
  for (const [name, { liveRate, rssAddedMb, firstDelivery }] of Object.entries(ratios)) {
    console.log(
      `${name}: live rate ${liveRate} of a clean database (wanted: 0.8), ${rssAddedMb} MB more (wanted: at most 60), ` +
        `first delivery after ${figures[name]?.firstDeliveryMs} ms (wanted: less than 2000), ` +
        `${firstDelivery} of a clean database; built in ${built[name]} s`,
    );
  }
  const broken = Object.entries(results).flatMap(([name, rounds]) =>
    rounds
      .filter(({ events, requests }) => events !== requests)
      .map(({ events, requests }) => `${name}: ${events} events, ${requests} requests`),
  );
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'backlog', rows, ...figures, ratios, broken }));
  if (broken.length > 0) process.exitCode = 1;
}

function aboutShape(name: string, rows: number): string {
  const shape = shapes[name];
  if (!shape) return 'nothing waits';
  return `${rows} wait for ${shape.webhooks} webhooks in ${shape.webhooks * shape.lanesPerWebhook} lanes`;
}
