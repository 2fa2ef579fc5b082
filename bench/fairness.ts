import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { MixedVerbs } from './carriers/mixed-process.ts';
import { scenarios, type Scenario } from './fairness-scenarios.ts';
import { startChild, type Child } from './support/child.ts';
import type { Stage, Verdict } from './support/fairness-stage.ts';
import { percentile } from './support/percentile.ts';
import { startCountingReceiver } from './support/receiver.ts';
import { formatTable } from './support/table.ts';

export interface FairnessOptions {
  /** 1: as big as it is meant to be here; smaller to see that it works. */
  readonly scale?: number;
  readonly paceMs?: number;
  /** Names of scenarios; all by default. */
  readonly only?: readonly string[];
}

const healthyCount = 100;
const healthyPerS = 300;

/** Plays each scenario in a process of its own, which first measures what is healthy without it. */
export async function runFairness(options: FairnessOptions = {}): Promise<void> {
  const { scale = 1, paceMs = 4000, only } = options;
  const rows: (readonly (string | number)[])[] = [];
  const verdicts: Record<string, Verdict> = {};
  for (const scenario of scenarios) {
    if (only && !only.includes(scenario.name)) continue;
    const verdict = await play(scenario, scale, paceMs);
    verdicts[scenario.name] = verdict;
    const measured = Object.entries(verdict.measured).map(([name, value]) => `${name} ${value}`);
    rows.push([scenario.name, verdict.pass ? 'pass' : 'MISSED', measured.join(', ')]);
    console.error(`${scenario.name}: ${verdict.pass ? 'pass' : 'MISSED'}`);
  }
  console.log(formatTable(['scenario', '', 'measured'], rows));
  for (const { name, about, wanted } of scenarios)
    if (verdicts[name]) console.log(`${name}: ${about}. Wanted: ${wanted}.`);
  const missed = Object.entries(verdicts).flatMap(([name, { pass }]) => (pass ? [] : [name]));
  console.log(JSON.stringify({ benchmark: 'fairness', scale, scenarios: verdicts, missed }));
}

async function play(scenario: Scenario, scale: number, paceMs: number): Promise<Verdict> {
  const folder = await mkdtemp(join(tmpdir(), 'eazewa-bench-'));
  const receiver = await startCountingReceiver();
  let child = startGateway();
  const gateway: Stage['gateway'] = { ask: (verb, argument) => child.ask(verb, argument) };
  const healthy = { firstId: 1, count: healthyCount, url: receiver.url };
  const { url, release } = await scenario.receiver();
  const others = { firstId: 100_001, count: Math.max(1, Math.round(scenario.webhooks * scale)), url };
  try {
    const opening = { file: join(folder, 'bench.db'), groups: [healthy, others] };
    await gateway.ask('open', opening);
    const stage: Stage = {
      scale,
      gateway,
      others,
      async healthyP99Ms() {
        await gateway.ask('pace', { ms: paceMs / 4, perS: healthyPerS });
        await receiver.latencies();
        await gateway.ask('pace', { ms: paceMs, perS: healthyPerS });
        return Number(percentile(await receiver.latencies(), 0.99).toFixed(1));
      },
      async restart() {
        await child.kill();
        child = startGateway();
        return Math.round(await gateway.ask('open', opening));
      },
      async watch(ms) {
        const before = await gateway.ask('state', undefined);
        const start = performance.now();
        await setTimeout(ms);
        const { outcomes: total, sockets, cpuUs, rssMb } = await gateway.ask('state', undefined);
        const seconds = (performance.now() - start) / 1000;
        const cpuShare = Number(((cpuUs - before.cpuUs) / 1e6 / seconds).toFixed(3));
        const outcomes = Object.fromEntries(
          Object.entries(total).map(([name, count]) => [name, count - (before.outcomes[name] ?? 0)]),
        );
        return { seconds, outcomes, total, sockets, cpuShare, rssMb: Math.round(rssMb) };
      },
    };
    return await scenario.play(stage);
  } finally {
    await child.kill();
    await release();
    await receiver.close();
    await rm(folder, { recursive: true });
  }
}

function startGateway(): Child<MixedVerbs> {
  return startChild<MixedVerbs>('../carriers/mixed-process.ts', ['--expose-gc']);
}
