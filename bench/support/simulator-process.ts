import { setImmediate, setTimeout } from 'node:timers/promises';
import { startSimulator, type Simulator } from '@eazewa/simulator';
import { loadText, nowMs } from './arrivals.ts';
import { answer } from './child.ts';
import { usage } from './usage.ts';

/** Who writes to whom: numbers of phones, or the jid of a group. */
export interface Route {
  readonly from: string;
  readonly to: string;
}

export interface Burst {
  readonly routes: readonly Route[];
  readonly messages: number;
  readonly bytes: number;
  /** How many messages may be under way; the next one is written when `arrived` says that one has come. */
  readonly window: number;
}

export interface Steady {
  readonly routes: readonly Route[];
  readonly messages: number;
  readonly bytes: number;
  readonly perS: number;
}

/** WhatsApp's side of a benchmark: the server, and phones that write. */
let simulator: Simulator | null = null;
let arrived = 0;
let wake = () => {};

const verbs = {
  async start() {
    simulator = await startSimulator();
    return { url: simulator.url, rootKey: Buffer.from(simulator.rootPublicKey).toString('hex') };
  },
  addPhones: ({ count, name }: { count: number; name: string }) =>
    Array.from({ length: count }, (_, index) => running().addPhone({ name: `${name} ${index + 1}` }).number),
  async scan({ number, qr }: { number: string; qr: string }) {
    await running().phone(number).scan(qr);
  },
  /** The first founds a group with the others; resolves with its jid. */
  createGroup: ({ numbers: [founder = '', ...members] }: { numbers: readonly string[] }) =>
    running().phone(founder).createGroup('Benchmark', members).jid,
  /** The handset of a linked account would only cost CPU that others need. */
  goOffline: ({ number }: { number: string }) => running().phone(number).goOffline(),
  /** Resolves with when it began, once all are written. */
  async burst({ routes, messages, bytes, window }: Burst): Promise<number> {
    const startedAtMs = nowMs();
    arrived = 0;
    for (let sent = 0; sent < messages; sent++) {
      while (sent - arrived >= window) await new Promise<void>((resolve) => (wake = resolve));
      await send(routes, sent, bytes);
      // What clients send meanwhile is heard between two messages.
      await setImmediate();
    }
    return startedAtMs;
  },
  /** The same at a fixed pace. */
  async steady({ routes, messages, bytes, perS }: Steady): Promise<number> {
    const startedAtMs = nowMs();
    for (let sent = 0; sent < messages; sent++) {
      const waitMs = startedAtMs + (sent / perS) * 1000 - nowMs();
      if (waitMs > 0) await setTimeout(waitMs);
      await send(routes, sent, bytes);
    }
    return startedAtMs;
  },
  /**
   * A phone tells messages of years ago, all of them at once, in chunks of 500. In parts, since a simulated phone keeps 20,000
   * messages at most.
   */
  sendHistory({
    number,
    contacts,
    messages,
  }: {
    number: string;
    contacts: readonly string[];
    messages: number;
  }) {
    const { history } = running().phone(number);
    for (let from = 0; from < messages; from += historyPart) {
      const part = Array.from({ length: Math.min(historyPart, messages - from) }, (_, index) => from + index);
      contacts.forEach((contact, place) => {
        const own = part.filter((at) => at % contacts.length === place);
        history.remember(contact, own.map(pastMessage));
      });
      history.send({ syncType: 'RECENT', since: firstPastS + from });
    }
  },
  arrived({ messages }: { messages: number }) {
    arrived = messages;
    wake();
  },
  /** Resolves with when the companions of these phones had acknowledged all that was sent to them. */
  async acknowledged({ numbers }: { numbers: readonly string[] }): Promise<number> {
    while (numbers.some(isOwed)) await setTimeout(1);
    return nowMs();
  },
  usage: () => usage(),
};

export type SimulatorVerbs = typeof verbs;

function running(): Simulator {
  if (simulator === null) throw new Error('The simulator is not started.');
  return simulator;
}

function isOwed(number: string): boolean {
  return running()
    .phone(number)
    .companions.some(({ queued }) => queued > 0);
}

const historyPart = 10_000;
const firstPastS = 1_600_000_000;

function pastMessage(at: number) {
  const text = `past ${at} `.padEnd(100, 'the quick brown fox jumps over the lazy dog. ');
  return { text, timestamp: firstPastS + at };
}

const seqs = new Map<string, number>();

/** The next message of the load, each route in turn. */
async function send(routes: readonly Route[], index: number, bytes: number): Promise<void> {
  const { from, to } = routes[index % routes.length] ?? { from: '', to: '' };
  const name = `${from}-${to}`;
  const seq = 1 + (seqs.get(name) ?? 0);
  seqs.set(name, seq);
  await running()
    .phone(from)
    .send(to, loadText(name, seq, bytes));
}

answer(verbs);
