import type { AttemptLog, AttemptRun } from '../outbox/outbox-store.ts';
import type { Response, Silence } from './attempt-result.ts';

/** How often the attempts of a delivery that stays unanswered are written down. */
const writeEveryMs = 30_000;

/** Runs held here between two writes at most. */
const runsMax = 20;

/**
 * The attempts of a lane's head that did not end it. They are kept here and written down now and then, since a receiver that
 * is away for a week costs 200,000 of them: a crash forgets at most the last half minute of the count.
 */
export class AttemptHistory {
  readonly deliveryId: number;
  readonly eventName: string;
  #attempts: number;
  #runs: AttemptRun[] = [];
  #isWritten = true;
  #writtenAt: number | null = null;

  constructor(delivery: { readonly id: number; readonly eventName: string; readonly attempts: number }) {
    this.deliveryId = delivery.id;
    this.eventName = delivery.eventName;
    this.#attempts = delivery.attempts;
  }

  /** Attempts in all, also those before this process started. */
  get attempts(): number {
    return this.#attempts;
  }

  /** Takes an attempt after which the same is sent again. */
  add(result: Silence | Response, nowMs: number): void {
    this.#attempts++;
    this.#isWritten = false;
    const run = runOf(result, this.#attempts, nowMs);
    const last = this.#runs.at(-1);
    const isSame =
      last !== undefined &&
      last.outcome === run.outcome &&
      last.reason === run.reason &&
      last.status === run.status;
    this.#runs = isSame
      ? [
          ...this.#runs.slice(0, -1),
          { ...run, number: last.number, count: last.count + 1, firstAt: last.firstAt },
        ]
      : [...this.#runs, run].slice(-runsMax);
  }

  /** Whether it is time to write: after the first attempt, then every half minute. */
  isDue(monotonicMs: number): boolean {
    return !this.#isWritten && (this.#writtenAt === null || monotonicMs - this.#writtenAt >= writeEveryMs);
  }

  /** What has to be written; the caller does so now. */
  take(monotonicMs: number): AttemptLog {
    const runs = this.#isWritten ? [] : this.#runs;
    this.#isWritten = true;
    this.#writtenAt = monotonicMs;
    // The last run may go on; those before it never change again.
    this.#runs = this.#runs.slice(-1);
    return { deliveryId: this.deliveryId, attempts: this.#attempts, runs };
  }

  get isWritten(): boolean {
    return this.#isWritten;
  }
}

function runOf(result: Silence | Response, number: number, nowMs: number): AttemptRun {
  const { response, durationMs } = result;
  const common = { number, count: 1, response, firstAt: nowMs, lastAt: nowMs, durationMs };
  if (result.outcome !== 'silence')
    return { ...common, outcome: 'deferred', reason: null, phase: null, detail: null, status: result.status };
  const { reason, phase, detail } = result;
  return { ...common, outcome: 'silence', reason, phase, detail, status: null };
}
