import type { Log } from '../log.ts';

/**
 * What goes wrong with the connections of one instance, as lines of the log: one for each new reason. A reason that
 * repeats is told again the 10th, 100th, ... time, so an outage of hours is a few lines.
 */
export class TroubleLog {
  readonly #log: Log;
  readonly #instanceId: number;
  #reason: string | null = null;
  #times = 0;
  /** All connections that ended since the last good one. */
  #ends = 0;

  constructor(log: Log, instanceId: number) {
    this.#log = log;
    this.#instanceId = instanceId;
  }

  /** A connection ended, and why in plain words. `error` is what a developer wants to see beside it. */
  ended(reason: string, error?: unknown): void {
    this.#ends++;
    this.#times = reason === this.#reason ? this.#times + 1 : 1;
    this.#reason = reason;
    if (!isTold(this.#times)) return;
    this.#log.warn(
      {
        instanceId: this.#instanceId,
        ...(this.#times > 1 && { times: this.#times }),
        ...(error !== undefined && { err: error }),
      },
      reason,
    );
  }

  /** The instance is ready. Not told when it flaps and its last end was not told either. */
  ready(): void {
    const isFlapping = this.#ends === 1 && !isTold(this.#times);
    if (!isFlapping) {
      this.#log.info({ instanceId: this.#instanceId, lostConnections: this.#ends }, 'The instance is ready.');
    }
    this.#ends = 0;
  }

  /** The connection had been ready for long: what comes now is told anew. */
  forget(): void {
    this.#reason = null;
    this.#times = 0;
  }
}

function isTold(times: number): boolean {
  return /^10*$/.test(String(times));
}
