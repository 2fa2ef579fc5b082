import type { Load } from './carriers/load.ts';
import { openCarrierProcess, type CarrierSetting, type OpenedCarrier } from './support/carrier-run.ts';
import { median, type Round } from './support/measure.ts';
import { formatTable } from './support/table.ts';

export interface DeliveryOptions {
  readonly rounds?: number;
  readonly roundMs?: number;
  /** Before the rounds, so that programs are compiled and pools are open. */
  readonly warmUpMs?: number;
  readonly paceMs?: number;
  readonly load?: Load;
  readonly manyInstances?: number;
  /** Without what needs a server. */
  readonly only?: readonly string[];
}

const plain: Load = { instances: 100, chatsPerInstance: 10, outstanding: 400 };

/** The shares of the measured maximum at which latencies are taken. */
const paces = [0.1, 0.5] as const;

/**
 * Events per second from recording to the settled webhook, signed and logged: durable, against the same code without a
 * store, on other disks, databases and loads, and against what else does this job. Rounds are interleaved, so that a
 * busy machine is unfair to all of them alike.
 */
export async function runDelivery(options: DeliveryOptions = {}): Promise<void> {
  const { rounds = 3, roundMs = 2500, warmUpMs = 1500, paceMs = 4000, load = plain } = options;
  const carriers = new Map<string, OpenedCarrier>();
  const missing: string[] = [];
  for (const [name, setting] of Object.entries(settingsOf(load, options.manyInstances ?? 10_000))) {
    if (options.only && !options.only.includes(name)) continue;
    const carrier = await openCarrierProcess(name, setting);
    if (carrier) carriers.set(name, carrier);
    else missing.push(name);
  }
  const results = new Map<string, Round[]>();
  for (const carrier of carriers.values()) await carrier.flood(warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const [name, carrier] of carriers) {
      // Its connections have been closed while the others had their turn.
      await carrier.flood(roundMs / 5);
      results.set(name, [...(results.get(name) ?? []), await carrier.flood(roundMs)]);
    }
  }
  const figures = figuresOf(results);
  const latency: Record<string, { p50Ms: number; p99Ms: number }> = {};
  const durable = carriers.get('durable');
  for (const pace of paces) {
    const perS = (figures['durable']?.eventsPerS ?? 0) * pace;
    if (durable) latency[`at${pace * 100}Percent`] = await durable.pace(paceMs, perS);
  }
  const broken: string[] = [];
  for (const carrier of carriers.values()) {
    broken.push(...(await carrier.broken()));
    await carrier.close();
  }
  report({ figures, latency, missing, broken });
}

function settingsOf(load: Load, manyInstances: number): Record<string, CarrierSetting> {
  const many = { ...load, instances: manyInstances, chatsPerInstance: 1 };
  return {
    memory: { kind: 'memory', load },
    durable: { kind: 'durable', load },
    slowSync: { kind: 'durable', load, syncMs: 10 },
    manyInstances: { kind: 'durable', load: many },
    tls: { kind: 'durable', load, isTls: true },
    postgres: { kind: 'postgres', load },
    // Their pools write what is recorded at the same time in any order, which is nobody's fault.
    bullmq: { kind: 'bullmq', load, isOrdered: false },
    graphileWorker: { kind: 'graphileWorker', load, isOrdered: false },
    pgBoss: { kind: 'pgBoss', load, isOrdered: false },
    // Peers send each event at once: as many at a time as there are instances is kind to them.
    axios: { kind: 'axios', load: { ...load, outstanding: load.instances }, isOrdered: false },
  };
}

const about: Readonly<Record<string, string>> = {
  memory: 'the same scheduler and sender, nothing stored',
  durable: 'SQLite, synchronous=FULL, in its worker thread',
  slowSync: 'the same, each sync 10 ms slower',
  manyInstances: 'durable, with 10,000 instances instead of 100',
  tls: 'durable, to a receiver with TLS',
  postgres: 'the same code on PostgreSQL',
  bullmq: 'BullMQ on Redis, appendfsync always, 64 queues',
  graphileWorker: 'graphile-worker on PostgreSQL, a queue per chat',
  pgBoss: 'pg-boss on PostgreSQL, key_strict_fifo',
  axios: 'axios.post per event, nothing stored, no order',
};

interface Figures {
  readonly eventsPerS: number;
  readonly cpuUsPerEvent: number;
}

function figuresOf(results: ReadonlyMap<string, Round[]>): Record<string, Figures> {
  return Object.fromEntries(
    [...results].map(([name, rounds]) => [
      name,
      {
        eventsPerS: Math.round(median(rounds.map((round) => round.eventsPerS))),
        cpuUsPerEvent: Math.round(median(rounds.map((round) => round.cpuUsPerEvent))),
      },
    ]),
  );
}

/** Of the rates, or of what one core would do. */
function ratiosOf(
  figures: Readonly<Record<string, Figures>>,
  rateOf: (figures: Figures) => number,
): Record<string, number> {
  const pairs: Record<string, readonly [string, string]> = {
    durableToMemory: ['durable', 'memory'],
    durableToAxios: ['durable', 'axios'],
    durableToBullmq: ['durable', 'bullmq'],
    durableToGraphileWorker: ['durable', 'graphileWorker'],
    durableToPgBoss: ['durable', 'pgBoss'],
    postgresToMemory: ['postgres', 'memory'],
    slowSyncToDurable: ['slowSync', 'durable'],
    manyInstancesToDurable: ['manyInstances', 'durable'],
    tlsToDurable: ['tls', 'durable'],
  };
  const ratios = Object.entries(pairs).flatMap(([name, [one, other]]) => {
    const [own, base] = [figures[one], figures[other]];
    return own && base ? [[name, Number((rateOf(own) / rateOf(base)).toFixed(2))] as const] : [];
  });
  return Object.fromEntries(ratios);
}

interface Report {
  readonly figures: Readonly<Record<string, Figures>>;
  readonly latency: Readonly<Record<string, { p50Ms: number; p99Ms: number }>>;
  readonly missing: readonly string[];
  readonly broken: readonly string[];
}

function report({ figures, latency, missing, broken }: Report): void {
  const rows = Object.entries(figures).map(([name, { eventsPerS, cpuUsPerEvent }]) => [
    `${name}: ${about[name] ?? ''}`,
    eventsPerS,
    cpuUsPerEvent,
  ]);
  console.log(formatTable(['', 'events/s', 'CPU us/event'], rows));
  for (const [at, { p50Ms, p99Ms }] of Object.entries(latency))
    console.log(`recorded to received, ${at}: p50 ${p50Ms} ms, p99 ${p99Ms} ms`);
  const ratios = ratiosOf(figures, ({ eventsPerS }) => eventsPerS);
  const cpuRatios = ratiosOf(figures, ({ cpuUsPerEvent }) => 1 / cpuUsPerEvent);
  const table = Object.entries(ratios).map(([name, ratio]) => [name, ratio, cpuRatios[name] ?? '']);
  console.log(`\n${formatTable(['', 'by rate', 'by CPU'], table)}`);
  for (const name of missing) {
    const need = name === 'bullmq' ? 'redis-server in the PATH' : 'EAZEWA_TEST_POSTGRES_URL';
    console.log(`left out: ${name}, which needs ${need}`);
  }
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(
    JSON.stringify({ benchmark: 'delivery', ...figures, latency, ratios, cpuRatios, missing, broken }),
  );
  if (broken.length > 0) process.exitCode = 1;
}
