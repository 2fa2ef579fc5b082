import { Pauses, type Clock } from '../clock.ts';
import type { Age } from '../database/old-rows.ts';
import type { Log } from '../log.ts';

/** One kind of thing that is forgotten when it is old. */
export interface Rule {
  /** What is forgotten, for the log: `events`. */
  readonly what: string;
  readonly keptMs: number;
  /** Does it in bounded units of work and yields how many rows each one took. It may be ended between two of them. */
  readonly forget: (age: Age) => AsyncIterable<number>;
}

export interface SweeperParts {
  /** In the order in which they are followed. */
  readonly rules: readonly Rule[];
  readonly clock: Clock;
  readonly log: Log;
  /** Hears of the rows of each unit. */
  readonly onForgotten?: (what: string, rows: number) => void;
}

const sweepEveryMs = 3600 * 1000;
const restMaxMs = 1000;

/** Forgets what is old, at start and an hour after each sweep. It can be killed anywhere: the next sweep goes on. */
export class Sweeper {
  readonly #parts: SweeperParts;
  #sweeping: Promise<void> | null = null;
  #cancelNext: (() => void) | null = null;
  readonly #rests: Pauses;
  #isStopped = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    this.#rests = new Pauses(parts.clock);
  }

  start(): void {
    if (this.#isStopped) return;
    this.#sweeping = this.sweep();
    void this.#sweeping.then(() => {
      this.#cancelNext = this.#isStopped ? null : this.#parts.clock.after(sweepEveryMs, () => this.start());
    });
  }

  /** Resolves when the unit in hand is written. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelNext?.();
    this.#rests.endAll();
    await this.#sweeping;
  }

  /** Follows every rule to its end. What fails waits for the next sweep and stops no other rule. */
  async sweep(): Promise<void> {
    for (const rule of this.#parts.rules) {
      if (this.#isStopped) return;
      await this.#follow(rule).catch((error: unknown) => {
        this.#parts.log.warn(
          { err: error, what: rule.what },
          'What is old could not be removed; trying again in an hour.',
        );
      });
    }
  }

  /** As long as the unit took, so that at least half of the store's time is for everything else. */
  async #rest(ms: number): Promise<void> {
    if (ms > 0) await this.#rests.take(Math.min(ms, restMaxMs));
  }

  async #follow({ what, keptMs, forget }: Rule): Promise<void> {
    const { clock, log, onForgotten } = this.#parts;
    const now = clock.now();
    let total = 0;
    let begunAt = clock.monotonic();
    for await (const rows of forget({ before: now - keptMs, now })) {
      total += rows;
      if (rows > 0) onForgotten?.(what, rows);
      if (this.#isStopped) break;
      await this.#rest(clock.monotonic() - begunAt);
      begunAt = clock.monotonic();
    }
    if (total > 0) log.info({ what, rows: total }, 'What is old was removed.');
  }
}
