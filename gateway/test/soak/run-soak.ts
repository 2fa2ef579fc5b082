import { setTimeout } from 'node:timers/promises';
import { Arena } from '../support/arena.ts';
import { until } from '../support/until.ts';
import { drawFaults, drawTraffic, type Sizes } from './draw.ts';
import { Faults } from './faults.ts';
import { Talk } from './talk.ts';
import { judge, type Verdict } from './verdict.ts';

export interface SoakOptions {
  readonly seconds: number;
  readonly seed: number;
  /** A PostgreSQL URL; null for SQLite. */
  readonly database: string | null;
  /** Hears now and then how it goes. */
  readonly onProgress?: (line: string) => void;
  /** Ends the traffic and the faults earlier; what is on its way is still waited for. */
  readonly signal?: AbortSignal;
}

export interface SoakResult extends Verdict, Counts {
  /** What went wrong when, one line each: seconds of this process. */
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly seed: number;
}

type Counts = Faults['counts'];

const names = ['Shop', 'Office', 'Branch'];
const contactCount = 8;
const openMax = 500;
const callsMax = 60;
const progressMs = 5000;

/** Nothing takes as long as this to arrive when nothing goes wrong any more. */
const calmLimitMs = 180_000;

/** Several numbers in one gateway, traffic both ways, and everything that can go wrong, as drawn from the seed. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, seed, database, onProgress = () => undefined } = options;
  const sizes: Sizes = { numbers: names.length, contacts: contactCount, isLong: seconds >= 120 };
  const arena = await Arena.open({ database, env: { EAZEWA_WEBHOOK_DEADLINE_MS: '2000' } });
  try {
    await arena.start();
    for (const name of names) await arena.link(arena.simulator.addPhone({ name }));
    const contacts = Array.from({ length: contactCount }, (_, index) =>
      arena.simulator.addPhone({ name: `Contact ${index + 1}` }),
    );
    const talk = new Talk(arena, contacts);
    const faults = new Faults(arena);
    const endsAt = performance.now() + seconds * 1000;
    const goesOn = () => performance.now() < endsAt && options.signal?.aborted !== true;
    const tell = () => {
      const { kills, cuts, stalls, silences, restarts, away } = faults.counts;
      onProgress(
        `${talk.done} done, ${talk.asked.length} asked, ${arena.receiver.requests.length} requests; ` +
          `${kills} kills, ${cuts} cuts, ${stalls} stalls, ${silences} silences, ${restarts} restarts, ${away} times away`,
      );
    };
    const progress = setInterval(tell, progressMs);
    try {
      await Promise.all([
        write(drawTraffic(seed, sizes), arena, talk, goesOn),
        fail(drawFaults(seed, sizes), faults, goesOn),
      ]);
      tell();
      await comeToRest(arena, talk);
    } finally {
      clearInterval(progress);
    }
    const verdict = await judge(arena, talk);
    const faultsInWords = faults.list.map(
      ({ what, from, to }) => `${secondsOf(from)} to ${secondsOf(to)}: ${what}`,
    );
    return { ...verdict, ...faults.counts, faults: faultsInWords, seconds, seed };
  } finally {
    await arena.close();
  }
}

function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(2);
}

async function write(
  traffic: ReturnType<typeof drawTraffic>,
  arena: Arena,
  talk: Talk,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    const next = traffic.next().value;
    talk.act(next);
    await setTimeout(next.pauseMs);
    await until(() => !goesOn() || (waiting(arena) < openMax && talk.openCalls < callsMax), {
      limitMs: Infinity,
    });
  }
}

/** Stanzas that WhatsApp keeps for the numbers. */
function waiting({ numbers }: Arena): number {
  return numbers.reduce((sum, { phone }) => sum + (phone.companion?.queued ?? 0), 0);
}

async function fail(
  drawn: ReturnType<typeof drawFaults>,
  faults: Faults,
  goesOn: () => boolean,
): Promise<void> {
  while (goesOn()) {
    const next = drawn.next().value;
    await setTimeout(next.calmMs);
    if (goesOn()) await faults.bring(next);
  }
}

/** Until everything has come, or nothing more will: the verdict says which. */
async function comeToRest(arena: Arena, talk: Talk): Promise<void> {
  const rest = async () => {
    for (const linked of arena.numbers) await arena.untilReady(linked);
    await Promise.all(talk.asked.map(({ done }) => done));
    await until(() => arena.isQuiet(), { limitMs: Infinity });
  };
  await Promise.race([rest(), setTimeout(calmLimitMs, undefined, { ref: false })]);
}
