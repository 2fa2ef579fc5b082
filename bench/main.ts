import { parseArgs } from 'node:util';
import { keepOutput, saveResults } from './support/results.ts';

interface Benchmark {
  readonly about: string;
  /** `isQuick`: as small as it gets, to see that it works. Its figures mean nothing. */
  readonly run: (isQuick: boolean) => Promise<void>;
}

/** The benchmarks by name; each prints a table and, as its last line, its figures as JSON. */
const benchmarks: Record<string, Benchmark> = {
  delivery: {
    about:
      'events per second from recording to the settled webhook, against memory, queue libraries and axios',
    run: async (isQuick) => (await import('./delivery.ts')).runDelivery(isQuick ? quickDelivery : {}),
  },
  backlog: {
    about: 'what a million waiting deliveries cost those that do not wait, against a clean database',
    run: async (isQuick) =>
      (await import('./backlog.ts')).runBacklog(
        isQuick ? { rows: 2000, rounds: 1, roundMs: 200, settleMs: 50 } : {},
      ),
  },
  'end-to-end': {
    about: 'messages per second, CPU and latency from a phone to the answered webhook, against bare Baileys',
    run: async (isQuick) => (await import('./end-to-end.ts')).runEndToEnd(isQuick ? quickEndToEnd : {}),
  },
  fairness: {
    about: 'what dead, slow, hot and returning receivers cost the healthy ones, scenario by scenario',
    run: async (isQuick) => (await import('./fairness.ts')).runFairness(isQuick ? quickFairness : {}),
  },
  growth: {
    about: 'rows and file size over a third of a year of steady load, with and without retention',
    run: async (isQuick) =>
      (await import('./growth.ts')).runGrowth(isQuick ? { days: 3, everyDays: 1, messagesPerDay: 5 } : {}),
  },
  translate: {
    about: 'CPU from a stored row to the bodies of its events, by kind, against decoding and JSON alone',
    run: async (isQuick) =>
      (await import('./translate.ts')).runTranslate(isQuick ? { rounds: 1, rowsPerRound: 200 } : {}),
  },
  latency: {
    about: "from a phone's send to the webhook's request at 10 and 50 % of what the machine can do",
    run: async (isQuick) =>
      (await import('./latency.ts')).runLatency(
        isQuick ? { burstMessages: 40, paceMs: 200, contacts: 3 } : {},
      ),
  },
  history: {
    about: 'a history of 50,000 messages: time, memory, and what live messages wait meanwhile',
    run: async (isQuick) =>
      (await import('./history.ts')).runHistory(isQuick ? { messages: 300, contacts: 3, beforeMs: 200 } : {}),
  },
  memory: {
    about: 'resident memory with 0 to 200 connected instances, against bare Baileys sockets',
    run: async (isQuick) =>
      (await import('./memory.ts')).runMemory(isQuick ? { counts: [0, 1], settleMs: 0 } : {}),
  },
  loss: {
    about:
      'messages lost when the process is killed again and again, against bare Baileys with its own store',
    run: async (isQuick) => (await import('./loss.ts')).runLoss(isQuick ? { kills: 1, perKill: 8 } : {}),
  },
  receive: {
    about:
      'messages per second and core from a phone to the recorded event and the receipt, against bare Baileys',
    run: async (isQuick) =>
      (await import('./receive.ts')).runReceive({
        ...(isQuick ? quickReceive : {}),
        profiles: values.profile ?? false,
      }),
  },
};

const quickDelivery = {
  rounds: 1,
  roundMs: 200,
  warmUpMs: 100,
  paceMs: 200,
  manyInstances: 20,
  load: { instances: 4, chatsPerInstance: 3, outstanding: 16 },
};
const quickFairness = { scale: 0.02, paceMs: 200, only: ['deadLane', 'hanging', 'herd'] };
const quickReceive = { rounds: 1, messages: 30, groupMessages: 10, contacts: 3 };
const quickEndToEnd = { rounds: 1, messages: 30, steadyMessages: 20, manyInstances: 2, contacts: 3 };

const { values, positionals, problem } = readArguments();
const name = positionals[0] ?? '';
const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined;
if (benchmark && problem === null) await run(benchmark);
else explain();

function readArguments() {
  const options = {
    quick: { type: 'boolean' },
    profile: { type: 'boolean' },
    save: { type: 'boolean' },
  } as const;
  try {
    return { ...parseArgs({ allowPositionals: true, options }), problem: null };
  } catch (error) {
    const values = { quick: false, profile: false, save: false };
    return { values, positionals: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

async function run({ run }: Benchmark): Promise<void> {
  const output = keepOutput();
  await run(values.quick ?? false);
  if (values.save) console.error(`\nsaved: ${(await saveResults(name, output())).join(', ')}`);
}

function explain(): void {
  if (problem !== null) console.error(`${problem}\n`);
  console.error('Usage: npm run bench -- <name> [--quick] [--save] [--profile]\n');
  for (const [name, { about }] of Object.entries(benchmarks)) console.error(`  ${name.padEnd(12)} ${about}`);
  console.error('\n  --quick      as small as it gets, to see that it works');
  console.error('  --save       write what is printed, and what this machine is, to bench/results');
  console.error('  --profile    receive only: also where the main threads spend their time');
  process.exitCode = 1;
}
