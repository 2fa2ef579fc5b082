import { contend, type Contender } from './support/contender.ts';
import { median } from './support/measure.ts';
import { percentile } from './support/percentile.ts';
import { brokenRounds, measureRound, type Round } from './support/round.ts';
import { formatTable } from './support/table.ts';
import type { Route } from './support/simulator-process.ts';
import {
  linkAll,
  startBaileysSystem,
  startGatewaySystem,
  startWhatsApp,
  type System,
  type WhatsApp,
} from './support/systems.ts';

export interface EndToEndOptions {
  readonly rounds?: number;
  /** Of one burst. */
  readonly messages?: number;
  /** Messages of a burst that are under way at the same time. */
  readonly window?: number;
  readonly steadyPerS?: number;
  readonly steadyMessages?: number;
  readonly manyInstances?: number;
  /** Who write to the one instance; a quarter of them write to each of the many. */
  readonly contacts?: number;
}

/** What is compared, by its name in the result. */
const systems = {
  gateway: 'eazeWA, SQLite with synchronous=FULL, to the answered webhook',
  baileys: 'bare Baileys, keys in memory, to messages.upsert, nothing stored',
} as const;

type SystemName = keyof typeof systems;

/** How the same number of messages is spread, by its name in the result. */
type ShapeName = 'oneInstance' | 'manyInstances';

/** One system with its accounts linked, and the phones that write to them. */
interface Prepared extends Contender {
  readonly routes: Record<ShapeName, readonly Route[]>;
}

type Rounds = Record<'burst' | 'steady', Round[]>;

/**
 * Messages per second, CPU per message and latency from a phone's send to the answered webhook, against bare Baileys
 * on the same stream. The two take turns, so that a busy machine is unfair to both alike.
 */
export async function runEndToEnd(options: EndToEndOptions = {}): Promise<void> {
  const load = { ...defaults, ...options };
  const whatsApp = await startWhatsApp();
  const running: System[] = [];
  const contenders = new Map<SystemName, Prepared>();
  try {
    running.push(await startGatewaySystem(whatsApp));
    running.push(await startBaileysSystem(whatsApp));
    for (const [index, name] of (['gateway', 'baileys'] as const).entries()) {
      const system = running[index];
      if (system) contenders.set(name, await prepare(system, whatsApp, load));
    }
    const results = emptyResults();
    for (const shape of ['oneInstance', 'manyInstances'] as const) {
      // The first burst is for the just-in-time compiler.
      const warmUp = { ...load, messages: Math.ceil(load.messages / 2) };
      for (const contender of contenders.values()) await burst(contender, shape, whatsApp, warmUp);
      for (let round = 0; round < load.rounds; round++) {
        for (const [name, contender] of contenders) {
          const of = results[shape][name];
          of.burst.push(await burst(contender, shape, whatsApp, load));
          of.steady.push(await steady(contender, shape, whatsApp, load));
        }
      }
    }
    report(results, load);
  } finally {
    for (const system of running) await system.stop();
    await whatsApp.simulator.stop();
  }
}

const defaults = {
  rounds: 3,
  messages: 800,
  window: 200,
  steadyPerS: 50,
  steadyMessages: 100,
  manyInstances: 20,
  contacts: 20,
};

type Load = typeof defaults;

const textBytes = 100;

/** Links the accounts and lets each pair of contact and instance exchange a message, so that their sessions stand. */
async function prepare(system: System, whatsApp: WhatsApp, load: Load): Promise<Prepared> {
  const { simulator } = whatsApp;
  const contender = contend(system, whatsApp);
  const numbers = await simulator.ask('addPhones', { count: load.manyInstances, name: 'Instance' });
  const contacts = await simulator.ask('addPhones', { count: load.contacts, name: 'Contact' });
  const ids = await linkAll(system, numbers);
  for (const number of numbers) await simulator.ask('goOffline', { number });
  const routesTo = (to: string, first: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      from: contacts[(first + index) % contacts.length] ?? '',
      to,
    }));
  const oneInstance = routesTo(numbers[0] ?? '', 0, contacts.length);
  const few = contactsOfMany(load);
  const manyInstances = numbers.flatMap((to, index) => routesTo(to, index * few, few));
  const routes = { oneInstance, manyInstances };
  for (const shape of ['oneInstance', 'manyInstances'] as const) {
    await burst({ ...contender, routes }, shape, whatsApp, { ...load, messages: routes[shape].length });
  }
  for (const { from, to } of [...oneInstance, ...manyInstances]) {
    await system.reply(ids[numbers.indexOf(to)] ?? 0, from);
  }
  return { ...contender, routes };
}

function contactsOfMany({ contacts }: Load): number {
  return Math.ceil(contacts / 4);
}

/** As fast as they arrive. */
function burst(contender: Prepared, shape: ShapeName, whatsApp: WhatsApp, load: Load): Promise<Round> {
  const { messages, window } = load;
  const routes = contender.routes[shape];
  return measureRound(contender, whatsApp, {
    messages,
    send: () => whatsApp.simulator.ask('burst', { routes, messages, window, bytes: textBytes }),
  });
}

/** At a pace that leaves the machine half asleep: what latency is without a queue. */
function steady(contender: Prepared, shape: ShapeName, whatsApp: WhatsApp, load: Load): Promise<Round> {
  const { steadyMessages: messages, steadyPerS: perS } = load;
  const routes = contender.routes[shape];
  return measureRound(contender, whatsApp, {
    messages,
    send: () => whatsApp.simulator.ask('steady', { routes, messages, perS, bytes: textBytes }),
  });
}

function emptyResults(): Record<ShapeName, Record<SystemName, Rounds>> {
  return { oneInstance: noRounds(), manyInstances: noRounds() };
}

function noRounds(): Record<SystemName, Rounds> {
  return { gateway: { burst: [], steady: [] }, baileys: { burst: [], steady: [] } };
}

/** Medians of the rounds; the percentiles are of all messages of all rounds together. */
function figuresOf({ burst, steady }: Rounds) {
  const latenciesMs = steady.flatMap((round) => round.latenciesMs);
  return {
    messagesPerS: Math.round(median(burst.map(({ sent, seconds }) => sent / seconds))),
    cpuUsPerMessage: Math.round(median(burst.map(({ sent, cpuUs }) => cpuUs / sent))),
    cores: rounded(median(burst.map(({ cpuUs, seconds }) => cpuUs / 1e6 / seconds))),
    steadyCpuUsPerMessage: Math.round(median(steady.map(({ sent, cpuUs }) => cpuUs / sent))),
    p50Ms: rounded(percentile(latenciesMs, 0.5)),
    p99Ms: rounded(percentile(latenciesMs, 0.99)),
    simulatorCpuUsPerMessage: Math.round(
      median(burst.map(({ sent, simulatorCpuUs }) => simulatorCpuUs / sent)),
    ),
  };
}

type Figures = ReturnType<typeof figuresOf>;

function ratiosOf(gateway: Figures, baileys: Figures) {
  const ratio = (key: keyof Figures) => rounded(gateway[key] / baileys[key]);
  return {
    messagesPerS: ratio('messagesPerS'),
    cpuUsPerMessage: ratio('cpuUsPerMessage'),
    steadyCpuUsPerMessage: ratio('steadyCpuUsPerMessage'),
    p50Ms: ratio('p50Ms'),
    p99Ms: ratio('p99Ms'),
  };
}

function report(results: ReturnType<typeof emptyResults>, load: Load): void {
  const shapes = Object.fromEntries(
    Object.entries(results).map(([shape, { gateway, baileys }]) => {
      const figures = { gateway: figuresOf(gateway), baileys: figuresOf(baileys) };
      return [shape, { ...figures, ratios: ratiosOf(figures.gateway, figures.baileys) }];
    }),
  );
  const titles: Record<string, string> = {
    oneInstance: `1 instance x ${load.contacts} contacts`,
    manyInstances: `${load.manyInstances} instances x ${contactsOfMany(load)} contacts`,
  };
  for (const [shape, { gateway, baileys, ratios }] of Object.entries(shapes)) {
    console.log(
      formatTable(
        [
          titles[shape] ?? shape,
          'messages/s',
          'CPU us/msg',
          'cores',
          `us/msg at ${load.steadyPerS}/s`,
          'p50 ms',
          'p99 ms',
        ],
        [rowOf('eazeWA', gateway), rowOf('bare Baileys', baileys), rowOf('ratio', ratios)],
      ),
    );
  }
  for (const [name, about] of Object.entries(systems)) console.log(`${name}: ${about}`);
  const broken = brokenOf(results);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'end-to-end', load, ...shapes, broken }));
  if (broken.length > 0) process.exitCode = 1;
}

function rowOf(
  name: string,
  figures: Omit<Figures, 'cores' | 'simulatorCpuUsPerMessage'> & Partial<Figures>,
) {
  const { messagesPerS, cpuUsPerMessage, cores, steadyCpuUsPerMessage, p50Ms, p99Ms } = figures;
  return [name, messagesPerS, cpuUsPerMessage, cores ?? '', steadyCpuUsPerMessage, p50Ms, p99Ms];
}

function brokenOf(results: ReturnType<typeof emptyResults>): string[] {
  return Object.entries(results).flatMap(([shape, bySystem]) =>
    Object.entries(bySystem).flatMap(([name, { burst, steady }]) =>
      brokenRounds(`${shape}, ${name}`, [...burst, ...steady]),
    ),
  );
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
