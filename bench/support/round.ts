import { setTimeout } from 'node:timers/promises';
import type { ArrivalResults } from './arrivals.ts';
import type { Contender } from './contender.ts';
import type { WhatsApp } from './systems.ts';

/** One load that went through a system, and what it took. */
export interface Round extends ArrivalResults {
  readonly sent: number;
  readonly seconds: number;
  readonly cpuUs: number;
  readonly mainThreadCpuUs: number;
  readonly simulatorCpuUs: number;
}

/** Of one round. */
export interface RoundLoad {
  readonly messages: number;
  /** Starts the load; resolves with the time of its first message, on the clock of `nowMs`. */
  readonly send: () => Promise<number>;
  /** Resolves with the time at which the round is over, on the same clock; without it, that is the last message's. */
  readonly over?: () => Promise<number>;
}

/** Puts a load through a system and waits until all of it has come. */
export async function measureRound(
  contender: Contender,
  { simulator }: WhatsApp,
  { messages, send, over }: RoundLoad,
): Promise<Round> {
  const { system } = contender;
  contender.startRound();
  const before = await system.usage();
  const simulatorBefore = await simulator.ask('usage', undefined);
  const startedAtMs = await send();
  await contender.arrived(messages);
  const overAtMs = (await over?.()) ?? 0;
  // Receipts, the records of what was answered and the clean-up are still to come: their CPU counts.
  await setTimeout(afterworkMs);
  const after = await system.usage();
  const simulatorAfter = await simulator.ask('usage', undefined);
  const results = await system.results();
  return {
    ...results,
    sent: messages,
    seconds: (Math.max(results.lastAtMs, overAtMs) - startedAtMs) / 1000,
    cpuUs: after.cpuUs - before.cpuUs,
    mainThreadCpuUs: after.mainThreadCpuUs - before.mainThreadCpuUs,
    simulatorCpuUs: simulatorAfter.cpuUs - simulatorBefore.cpuUs,
  };
}

const afterworkMs = 200;

/** A benchmark that loses, repeats or reorders messages measures nothing. `name` says what the rounds are of. */
export function brokenRounds(name: string, rounds: readonly Round[]): string[] {
  return rounds.flatMap(({ sent, messages, duplicates, outOfOrder }) => {
    const isWhole = messages === sent && duplicates === 0 && outOfOrder === 0;
    const counts = `${messages} of ${sent}, ${duplicates} twice, ${outOfOrder} out of order`;
    return isWhole ? [] : [`${name}: ${counts}`];
  });
}
