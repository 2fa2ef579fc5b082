import { setTimeout } from 'node:timers/promises';
import { formatTable } from './support/table.ts';
import {
  linkAll,
  startBaileysSystem,
  startGatewaySystem,
  startWhatsApp,
  type System,
  type WhatsApp,
} from './support/systems.ts';

export interface MemoryOptions {
  /** Numbers of connected instances to look at, rising. */
  readonly counts?: readonly number[];
  readonly settleMs?: number;
}

/** What is compared, by its name in the result. */
const systems = {
  gateway: 'eazeWA, every instance linked by this process',
  baileys: 'bare Baileys sockets in one process, keys in memory, every one linked by this process',
  gatewayRestarted: 'eazeWA, started again with all of them: what it needs in operation',
  baileysRestarted: 'the same for bare Baileys',
} as const;

interface Reading {
  readonly instances: number;
  readonly rssMb: number;
  /** JavaScript objects of the main thread. */
  readonly heapMb: number;
}

/**
 * Resident memory with idle connected instances, against bare Baileys sockets in one process. Each reading is taken
 * after a garbage collection, when everything has been quiet for a while.
 */
export async function runMemory({
  counts = [0, 1, 50, 200],
  settleMs = 3000,
}: MemoryOptions = {}): Promise<void> {
  const whatsApp = await startWhatsApp();
  const running: System[] = [];
  try {
    const gateway = await startGatewaySystem(whatsApp, { execArgv: ['--expose-gc'] });
    running.push(gateway);
    const baileys = await startBaileysSystem(whatsApp, ['--expose-gc']);
    running.push(baileys);
    const readings: Record<'gateway' | 'baileys', Reading[]> = { gateway: [], baileys: [] };
    let linked = 0;
    for (const instances of counts) {
      await Promise.all([gateway, baileys].map((system) => linkMore(system, whatsApp, instances - linked)));
      linked = instances;
      await setTimeout(settleMs);
      readings.gateway.push(await read(gateway, instances));
      readings.baileys.push(await read(baileys, instances));
    }
    await Promise.all([gateway.restart(), baileys.restart()]);
    await setTimeout(settleMs);
    report({
      ...readings,
      gatewayRestarted: [await read(gateway, linked)],
      baileysRestarted: [await read(baileys, linked)],
    });
  } finally {
    for (const system of running) await system.stop();
    await whatsApp.simulator.stop();
  }
}

async function linkMore(system: System, { simulator }: WhatsApp, count: number): Promise<void> {
  await linkAll(system, await simulator.ask('addPhones', { count, name: 'Instance' }));
}

async function read(system: System, instances: number): Promise<Reading> {
  const { rssBytes, heapBytes } = await system.usage();
  return { instances, rssMb: megabytes(rssBytes), heapMb: megabytes(heapBytes) };
}

type Readings = Record<keyof typeof systems, Reading[]>;

function report({ gateway, baileys, gatewayRestarted, baileysRestarted }: Readings): void {
  const figures = {
    gateway: { readings: gateway, perInstance: perInstance(gateway[0], gateway.at(-1)) },
    baileys: { readings: baileys, perInstance: perInstance(baileys[0], baileys.at(-1)) },
    gatewayRestarted: {
      readings: gatewayRestarted,
      perInstance: perInstance(gateway[0], gatewayRestarted[0]),
    },
    baileysRestarted: {
      readings: baileysRestarted,
      perInstance: perInstance(baileys[0], baileysRestarted[0]),
    },
  };
  const ratio = (one: keyof typeof figures, other: keyof typeof figures, of: 'rssMb' | 'heapMb') =>
    rounded(figures[one].perInstance[of] / figures[other].perInstance[of]);
  const ratios = {
    rssPerInstance: ratio('gateway', 'baileys', 'rssMb'),
    heapPerInstance: ratio('gateway', 'baileys', 'heapMb'),
    rssPerInstanceRestarted: ratio('gatewayRestarted', 'baileysRestarted', 'rssMb'),
    heapPerInstanceRestarted: ratio('gatewayRestarted', 'baileysRestarted', 'heapMb'),
  };
  const counts = gateway.map(({ instances }) => instances);
  console.log(
    formatTable(
      ['MB resident (heap)', ...counts.map((count) => `${count} instances`), 'per instance'],
      Object.entries(figures).map(([name, { readings, perInstance }]) => [
        name,
        ...counts.map((count) => cellOf(readings.find(({ instances }) => instances === count))),
        cellOf(perInstance),
      ]),
    ),
  );
  for (const [name, about] of Object.entries(systems)) console.log(`${name}: ${about}`);
  console.log(
    `an instance takes ${ratios.rssPerInstance} times what a bare socket takes, after a restart ${ratios.rssPerInstanceRestarted} times`,
  );
  console.log(JSON.stringify({ benchmark: 'memory', ...figures, ratios }));
}

/** What one instance costs, on the way from few to many. Without any, a process needs the same before and after a restart. */
function perInstance(first: Reading | undefined, last: Reading | undefined): Omit<Reading, 'instances'> {
  if (!first || !last || last.instances === first.instances) return { rssMb: 0, heapMb: 0 };
  const count = last.instances - first.instances;
  return {
    rssMb: rounded((last.rssMb - first.rssMb) / count),
    heapMb: rounded((last.heapMb - first.heapMb) / count),
  };
}

function cellOf(reading: Omit<Reading, 'instances'> | undefined): string {
  return reading === undefined ? '' : `${reading.rssMb} (${reading.heapMb})`;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
