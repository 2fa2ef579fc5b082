import { setTimeout } from 'node:timers/promises';
import { nowMs } from './support/arrivals.ts';
import { withLinkedGateway } from './support/linked-gateway.ts';
import { percentile } from './support/percentile.ts';
import { brokenRounds, measureRound, type Round } from './support/round.ts';
import { formatTable } from './support/table.ts';

export interface HistoryOptions {
  /** Of the phone's history, from before the linking. */
  readonly messages?: number;
  readonly contacts?: number;
  /** Live messages before the history comes, and while it does. */
  readonly perS?: number;
  readonly beforeMs?: number;
}

/**
 * A phone sends a long history while its contacts write: how long until all of it is stored, how much memory that takes, and
 * what it costs the live messages, against the same process before.
 */
export async function runHistory(options: HistoryOptions = {}): Promise<void> {
  const { messages = 50_000, contacts = 20, perS = 20, beforeMs = 5000 } = options;
  await withLinkedGateway(contacts, async ({ whatsApp, system, contender, instance, to, phones }) => {
    const { simulator } = whatsApp;
    const routes = phones.map((from) => ({ from, to }));
    const live = (count: number) =>
      measureRound(contender, whatsApp, {
        messages: count,
        send: () => simulator.ask('steady', { routes, messages: count, perS, bytes: 100 }),
      });
    await live(contacts);
    for (const phone of phones) await system.reply(instance, phone);
    const before = await live(Math.max(10, Math.round((perS * beforeMs) / 1000)));
    const rssBefore = (await system.usage()).rssBytes;

    const startedAtMs = nowMs();
    await simulator.ask('sendHistory', { number: to, contacts: phones, messages });
    let peakRss = rssBefore;
    const during: Round[] = [];
    const watching = new AbortController();
    const watch = async () => {
      while (!watching.signal.aborted) {
        peakRss = Math.max(peakRss, (await system.usage()).rssBytes);
        await setTimeout(100);
      }
    };
    const watched = watch();
    // Half a second of live messages at a time, until the history is through.
    let stored = 0;
    while (stored < messages) {
      during.push(await live(Math.max(5, Math.round(perS / 2))));
      stored = await system.storedBefore(linkedBeforeS);
      if (nowMs() - startedAtMs > deadlineMs) break;
    }
    const seconds = (nowMs() - startedAtMs) / 1000;
    watching.abort();
    await watched;
    report({ messages, stored, seconds, rssBefore, peakRss, before, during });
  });
}

/** What the history is older than: 2023. */
const linkedBeforeS = 1_700_000_000;
const deadlineMs = 300_000;

interface Outcome {
  readonly messages: number;
  readonly stored: number;
  readonly seconds: number;
  readonly rssBefore: number;
  readonly peakRss: number;
  readonly before: Round;
  readonly during: readonly Round[];
}

function report({ messages, stored, seconds, rssBefore, peakRss, before, during }: Outcome): void {
  const figuresOf = (rounds: readonly Round[]) => {
    const latenciesMs = rounds.flatMap((round) => round.latenciesMs);
    return {
      messages: latenciesMs.length,
      p50Ms: rounded(percentile(latenciesMs, 0.5)),
      p99Ms: rounded(percentile(latenciesMs, 0.99)),
    };
  };
  const live = { before: figuresOf([before]), during: figuresOf(during) };
  const history = {
    messages,
    seconds: rounded(seconds),
    messagesPerS: Math.round(stored / seconds),
    rssBeforeMb: Math.round(rssBefore / 1e6),
    peakRssMb: Math.round(peakRss / 1e6),
  };
  const ratios = {
    p50Ms: rounded(live.during.p50Ms / live.before.p50Ms),
    p99Ms: rounded(live.during.p99Ms / live.before.p99Ms),
  };
  console.log(
    formatTable(
      ['live messages', 'messages', 'p50 ms', 'p99 ms'],
      [
        ['before the history', live.before.messages, live.before.p50Ms, live.before.p99Ms],
        ['while it comes', live.during.messages, live.during.p50Ms, live.during.p99Ms],
        ['ratio', '', ratios.p50Ms, ratios.p99Ms],
      ],
    ),
  );
  console.log(
    `${stored} of ${messages} messages stored in ${history.seconds} s; memory ${history.rssBeforeMb} MB before, ${history.peakRssMb} MB at most\n`,
  );
  const broken = brokenRounds('live', [before, ...during]);
  if (stored !== messages) broken.push(`only ${stored} of ${messages} messages of the history are stored`);
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'history', history, live, ratios, broken }));
  if (broken.length > 0) process.exitCode = 1;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
