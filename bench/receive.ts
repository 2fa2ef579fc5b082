import { contend, type Contender } from './support/contender.ts';
import { median } from './support/measure.ts';
import { brokenRounds, measureRound, type Round } from './support/round.ts';
import { formatTable } from './support/table.ts';
import type { Profile } from './support/profile.ts';
import type { Route } from './support/simulator-process.ts';
import {
  linkAll,
  startBaileysSystem,
  startGatewaySystem,
  startWhatsApp,
  type System,
  type WhatsApp,
} from './support/systems.ts';

export interface ReceiveOptions {
  readonly rounds?: number;
  /** Of one round. */
  readonly messages?: number;
  /** The same in the group: bare Baileys takes about 19 ms for each there. */
  readonly groupMessages?: number;
  /** Messages that are under way at the same time. */
  readonly window?: number;
  /** Who write to the one instance. */
  readonly contacts?: number;
  /** One more round each, in which the main threads are looked into. */
  readonly profiles?: boolean;
}

/** What is compared, by its name in the result. */
const systems = {
  gateway: 'eazeWA, SQLite with synchronous=FULL, to the recorded event; nothing is delivered',
  baileys: 'bare Baileys, keys in memory, to messages.upsert, nothing stored',
} as const;

type SystemName = keyof typeof systems;

/** How the messages come, by its name in the result. */
const shapes = {
  oneToOne: 'contacts, one chat each',
  group: 'writers, each in a group with the instance',
} as const;

type ShapeName = keyof typeof shapes;

interface Prepared extends Contender {
  readonly number: string;
  readonly routes: Record<ShapeName, readonly Route[]>;
}

type Profiles = Record<ShapeName, Record<SystemName, Profile>>;

type Rounds = Record<ShapeName, Record<SystemName, Round[]>>;

/**
 * What receiving costs, and nothing else: from a phone's send to the recorded event and to WhatsApp's receipt, against
 * bare Baileys on the same stream. The two take turns, so that a busy machine is unfair to both alike.
 */
export async function runReceive(options: ReceiveOptions = {}): Promise<void> {
  const load = { ...defaults, ...options };
  const whatsApp = await startWhatsApp();
  const running: System[] = [];
  try {
    const gateway = await startGatewaySystem(whatsApp, { messagesEnd: 'recorded' });
    running.push(gateway);
    const baileys = await startBaileysSystem(whatsApp);
    running.push(baileys);
    const contenders = {
      gateway: await prepare(gateway, whatsApp, load),
      baileys: await prepare(baileys, whatsApp, load),
    };
    const rounds = await takeTurns(contenders, whatsApp, load);
    const profiles = load.profiles ? await profileEach(contenders, whatsApp, load) : null;
    report(rounds, profiles, load);
  } finally {
    for (const system of running) await system.stop();
    await whatsApp.simulator.stop();
  }
}

const defaults = {
  rounds: 5,
  messages: 1000,
  groupMessages: 300,
  window: 200,
  contacts: 20,
  profiles: false,
};

type Load = typeof defaults;

const textBytes = 100;
const shapeNames = Object.keys(shapes) as ShapeName[];
const systemNames = Object.keys(systems) as SystemName[];

/** Links an account and lets each contact and the instance exchange a message, so that their sessions stand. */
async function prepare(system: System, whatsApp: WhatsApp, load: Load): Promise<Prepared> {
  const { simulator } = whatsApp;
  const contender = contend(system, whatsApp);
  const [number = ''] = await simulator.ask('addPhones', { count: 1, name: 'Instance' });
  const contacts = await simulator.ask('addPhones', { count: load.contacts, name: 'Contact' });
  const [id = 0] = await linkAll(system, [number]);
  await simulator.ask('goOffline', { number });
  // Small groups: a phone of the simulator decrypts as well, and would be what is measured.
  const group = await Promise.all(
    contacts.map(async (from) => ({
      from,
      to: await simulator.ask('createGroup', { numbers: [from, number] }),
    })),
  );
  const oneToOne = contacts.map((from) => ({ from, to: number }));
  const prepared = { ...contender, number, routes: { oneToOne, group } };
  const once = { ...load, messages: contacts.length, groupMessages: contacts.length };
  await receive(prepared, 'oneToOne', whatsApp, once);
  for (const from of contacts) await system.reply(id, from);
  // The first message of each to the group brings its key.
  await receive(prepared, 'group', whatsApp, once);
  return prepared;
}

async function takeTurns(
  contenders: Record<SystemName, Prepared>,
  whatsApp: WhatsApp,
  load: Load,
): Promise<Rounds> {
  const rounds: Rounds = {
    oneToOne: { gateway: [], baileys: [] },
    group: { gateway: [], baileys: [] },
  };
  for (const shape of shapeNames) {
    // The first round is for the just-in-time compiler.
    for (const name of systemNames) await receive(contenders[name], shape, whatsApp, load);
    for (let round = 0; round < load.rounds; round++) {
      for (const name of systemNames) {
        rounds[shape][name].push(await receive(contenders[name], shape, whatsApp, load));
      }
    }
  }
  return rounds;
}

async function profileEach(
  contenders: Record<SystemName, Prepared>,
  whatsApp: WhatsApp,
  load: Load,
): Promise<Profiles> {
  const profiles: Profiles = {
    oneToOne: { gateway: {}, baileys: {} },
    group: { gateway: {}, baileys: {} },
  };
  for (const shape of shapeNames) {
    for (const name of systemNames) {
      const { system } = contenders[name];
      await system.startProfile();
      const round = await receive(contenders[name], shape, whatsApp, load);
      profiles[shape][name] = perMessage(await system.stopProfile(), round);
    }
  }
  return profiles;
}

/** The samples tell shares of the time; the CPU that the round took is divided by them, in microseconds per message. */
function perMessage(profile: Profile, { mainThreadCpuUs, sent }: Round): Profile {
  const total = Object.values(profile).reduce((sum, us) => sum + us, 0);
  const scale = mainThreadCpuUs / total / sent;
  return Object.fromEntries(Object.entries(profile).map(([part, us]) => [part, Math.round(us * scale)]));
}

/** One round. It is over when every message has come and WhatsApp has the receipt of each. */
function receive(contender: Prepared, shape: ShapeName, whatsApp: WhatsApp, load: Load): Promise<Round> {
  const { simulator } = whatsApp;
  const {
    number,
    routes: { [shape]: routes },
  } = contender;
  const messages = messagesOf(shape, load);
  return measureRound(contender, whatsApp, {
    messages,
    send: () => simulator.ask('burst', { routes, messages, window: load.window, bytes: textBytes }),
    over: () => simulator.ask('acknowledged', { numbers: [number] }),
  });
}

function messagesOf(shape: ShapeName, { messages, groupMessages }: Load): number {
  return shape === 'group' ? groupMessages : messages;
}

function figuresOf(rounds: readonly Round[]) {
  const perMessage = (key: 'cpuUs' | 'mainThreadCpuUs' | 'simulatorCpuUs') =>
    Math.round(median(rounds.map((round) => round[key] / round.sent)));
  const cpuUsPerMessage = perMessage('cpuUs');
  return {
    messagesPerCoreS: Math.round(1e6 / cpuUsPerMessage),
    cpuUsPerMessage,
    mainThreadCpuUsPerMessage: perMessage('mainThreadCpuUs'),
    messagesPerS: Math.round(median(rounds.map(({ sent, seconds }) => sent / seconds))),
    simulatorCpuUsPerMessage: perMessage('simulatorCpuUs'),
  };
}

type Figures = ReturnType<typeof figuresOf>;

function ratiosOf(gateway: Figures, baileys: Figures) {
  const ratio = (key: keyof Figures) => Number((gateway[key] / baileys[key]).toFixed(2));
  return {
    messagesPerCoreS: ratio('messagesPerCoreS'),
    cpuUsPerMessage: ratio('cpuUsPerMessage'),
    messagesPerS: ratio('messagesPerS'),
  };
}

function report(rounds: Rounds, profiles: Profiles | null, load: Load): void {
  const results = Object.fromEntries(
    shapeNames.map((shape) => {
      const [gateway, baileys] = [figuresOf(rounds[shape].gateway), figuresOf(rounds[shape].baileys)];
      return [shape, { gateway, baileys, ratios: ratiosOf(gateway, baileys) }] as const;
    }),
  );
  for (const shape of shapeNames) {
    const result = results[shape];
    if (result === undefined) continue;
    const head = ['messages/s and core', 'CPU us/msg', 'of that main thread', 'messages/s'];
    console.log(
      formatTable(
        [`${load.contacts} ${shapes[shape]}`, ...head, 'simulator us/msg'],
        [
          rowOf('eazeWA', result.gateway),
          rowOf('bare Baileys', result.baileys),
          rowOf('ratio', result.ratios),
        ],
      ),
    );
  }
  if (profiles !== null) reportProfiles(profiles);
  for (const [name, about] of Object.entries(systems)) console.log(`${name}: ${about}`);
  const broken = brokenOf(rounds);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'receive', load, ...results, profiles, broken }));
  if (broken.length > 0) process.exitCode = 1;
}

function reportProfiles(profiles: Profiles): void {
  for (const shape of shapeNames) {
    const { gateway, baileys } = profiles[shape];
    const names = [...new Set([...Object.keys(gateway), ...Object.keys(baileys)])];
    const rows = names.map((part) => [part, gateway[part] ?? 0, baileys[part] ?? 0]);
    console.log(formatTable([`main thread, CPU us/msg: ${shape}`, ...systemNames], rows));
  }
}

function rowOf(name: string, figures: Partial<Figures>) {
  const { messagesPerCoreS, cpuUsPerMessage, mainThreadCpuUsPerMessage, messagesPerS } = figures;
  const columns = [messagesPerCoreS, cpuUsPerMessage, mainThreadCpuUsPerMessage, messagesPerS];
  return [name, ...columns, figures.simulatorCpuUsPerMessage].map((value) => value ?? '');
}

function brokenOf(rounds: Rounds): string[] {
  return Object.entries(rounds).flatMap(([shape, bySystem]) =>
    Object.entries(bySystem).flatMap(([name, of]) => brokenRounds(`${shape}, ${name}`, of)),
  );
}
