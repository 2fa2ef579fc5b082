import { setTimeout } from 'node:timers/promises';
import type { Phone } from '@eazewa/simulator';
import { seededRandom } from '../gateway/test/support/numbers.ts';
import { disorder, toldMessages } from '../gateway/test/support/oracles.ts';
import { startBaileysContestant, startGatewayContestant, type Contestant } from './support/contestants.ts';
import { formatTable } from './support/table.ts';

export interface LossOptions {
  readonly kills?: number;
  /** Messages that are written around each kill. */
  readonly perKill?: number;
  readonly seed?: number;
}

type Load = Required<LossOptions>;

/** One life of the process: who writes, and when it is killed. */
interface Life {
  /** Who writes, one after the other: places in the list of contacts. */
  readonly writers: readonly number[];
  /** The process is killed when so many of them were told to the webhook. */
  readonly killAfter: number;
}

interface Losses {
  readonly sent: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  readonly kills: number;
}

const contactCount = 6;

/** What has not come so long after everything else never will. */
const lateMs = 30_000;

/**
 * Messages lost, told twice and out of order when the process is killed in the middle of traffic, again and again: the
 * same messages and the same kills for both systems, as drawn from the seed.
 */
export async function runLoss(options: LossOptions = {}): Promise<void> {
  const load: Load = { kills: 20, perKill: 30, seed: 1, ...options };
  const lives = drawLives(load);
  const gateway = await measure(await startGatewayContestant(), lives);
  const baileys = await measure(await startBaileysContestant(), lives);
  const head = ['', 'kills', 'messages', 'lost', 'twice', 'out of order'];
  console.log(formatTable(head, [row('eazeWA', gateway), row('bare Baileys', baileys)]));
  console.log(
    'bare Baileys: useMultiFileAuthState, messages.upsert posted to the webhook, three attempts, in memory',
  );
  console.log(JSON.stringify({ benchmark: 'loss', load, gateway, baileys }));
  if (gateway.lost > 0 || gateway.outOfOrder > 0) process.exitCode = 1;
}

function row(name: string, { sent, lost, twice, outOfOrder, kills }: Losses) {
  return [name, kills, sent, lost, twice, outOfOrder];
}

function drawLives({ kills, perKill, seed }: Load): Life[] {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: kills }, () => ({
    writers: Array.from({ length: perKill }, () => below(contactCount)),
    killAfter: 1 + below(Math.ceil(perKill / 2)),
  }));
}

async function measure(contestant: Contestant, lives: readonly Life[]): Promise<Losses> {
  try {
    const { simulator, phone, receiver } = contestant;
    const contacts = Array.from({ length: contactCount }, (_, index) =>
      simulator.addPhone({ name: `Contact ${index + 1}` }),
    );
    const texts: string[] = [];
    const write = async (contact: Phone) => {
      const text = `${contact.name} ${texts.length + 1}`;
      texts.push(text);
      await contact.send(phone, text, { addressing: texts.length % 2 === 0 ? 'lid' : 'pn' });
      return text;
    };
    for (const { writers, killAfter } of lives) {
      const before = told(contestant).length;
      const killed = receiver.until(() => told(contestant).length >= before + killAfter);
      for (const writer of writers) await write(contacts[writer]!);
      // Something else may have been lost for good, so that so many never come.
      await Promise.race([killed, setTimeout(lateMs, undefined, { ref: false })]);
      await contestant.kill();
      await contestant.start();
      await simulator.whenConnected(phone);
    }
    const last = await Promise.all(contacts.map(write));
    const isThrough = () => last.every((text) => told(contestant).includes(text));
    await Promise.race([receiver.until(isThrough), setTimeout(lateMs, undefined, { ref: false })]);
    const arrived = told(contestant);
    const different = new Set(arrived);
    return {
      sent: texts.length,
      lost: texts.filter((text) => !different.has(text)).length,
      twice: arrived.length - different.size,
      outOfOrder: disorder(receiver.requests).length,
      kills: lives.length,
    };
  } finally {
    await contestant.close();
  }
}

/** The texts that the webhook was told of, repetitions included. */
function told({ receiver }: Contestant): string[] {
  return toldMessages(receiver.requests).flatMap(({ event, text }) => (event === 'message' ? [text] : []));
}
