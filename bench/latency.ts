import { withLinkedGateway } from './support/linked-gateway.ts';
import { percentile } from './support/percentile.ts';
import { brokenRounds, measureRound, type Round } from './support/round.ts';
import { formatTable } from './support/table.ts';

export interface LatencyOptions {
  /** Of the burst that says what the machine can do. */
  readonly burstMessages?: number;
  /** How long each pace is kept. */
  readonly paceMs?: number;
  readonly contacts?: number;
}

/** Shares of what the machine can do at most. */
const shares = { at10Percent: 0.1, at50Percent: 0.5 } as const;

/**
 * From a phone's send to the request at the receiver, when the machine has a tenth and half of the messages per second that it
 * can do at most. The simulator and the receiver have their part of the same machine.
 */
export async function runLatency(options: LatencyOptions = {}): Promise<void> {
  const { burstMessages = 1500, paceMs = 10_000, contacts = 20 } = options;
  await withLinkedGateway(contacts, async ({ whatsApp, system, contender, instance, to, phones }) => {
    const { simulator } = whatsApp;
    await simulator.ask('goOffline', { number: to });
    const routes = phones.map((from) => ({ from, to }));
    const burst = (messages: number) =>
      measureRound(contender, whatsApp, {
        messages,
        send: () => simulator.ask('burst', { routes, messages, window: 200, bytes: 100 }),
      });
    // Sessions, and the just-in-time compiler.
    await burst(contacts);
    for (const phone of phones) await system.reply(instance, phone);
    await burst(burstMessages);
    const most = await burst(burstMessages);
    const mostPerS = most.sent / most.seconds;
    const paced: Record<string, Round> = {};
    for (const [name, share] of Object.entries(shares)) {
      const perS = mostPerS * share;
      const messages = Math.max(10, Math.round((perS * paceMs) / 1000));
      const send = () => simulator.ask('steady', { routes, messages, perS, bytes: 100 });
      paced[name] = await measureRound(contender, whatsApp, { messages, send });
    }
    report(mostPerS, paced);
  });
}

function report(mostPerS: number, paced: Readonly<Record<string, Round>>): void {
  const figures = Object.fromEntries(
    Object.entries(paced).map(([name, { sent, seconds, cpuUs, latenciesMs }]) => [
      name,
      {
        messages: sent,
        messagesPerS: Math.round(sent / seconds),
        cores: rounded(cpuUs / 1e6 / seconds),
        p50Ms: rounded(percentile(latenciesMs, 0.5)),
        p99Ms: rounded(percentile(latenciesMs, 0.99)),
      },
    ]),
  );
  console.log(
    formatTable(
      [`of ${Math.round(mostPerS)} messages/s at most`, 'messages/s', 'cores', 'p50 ms', 'p99 ms'],
      Object.entries(figures).map(([name, { messagesPerS, cores, p50Ms, p99Ms }]) => [
        name === 'at10Percent' ? '10 %' : '50 %',
        messagesPerS,
        cores,
        p50Ms,
        p99Ms,
      ]),
    ),
  );
  const broken = brokenRounds('paced', Object.values(paced));
  for (const line of broken) console.log(`BROKEN: ${line}`);
  console.log(JSON.stringify({ benchmark: 'latency', mostPerS: Math.round(mostPerS), ...figures, broken }));
  if (broken.length > 0) process.exitCode = 1;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
