import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  cancel: () => void;
}

/**
 * A clock on which time passes as it does, and which a test can put forward, so that nobody waits for a long delay, or
 * stop, so that what happens then happens at once.
 */
export class LeapingClock implements Clock {
  #leaptMs = 0;
  #stoppedAt: number | null = null;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Math.floor(performance.timeOrigin + this.monotonic());
  }

  monotonic(): number {
    return this.#stoppedAt ?? performance.now() + this.#leaptMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.monotonic() + ms, callback, cancel: () => {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  /** Puts the clock forward; what becomes due is called in one of the next turns of the event loop. */
  leap(ms: number): void {
    this.#leaptMs += ms;
    this.#armAll();
  }

  /** From now on no time passes; `go` ends that. */
  stop(): void {
    this.#stoppedAt = this.monotonic();
    this.#armAll();
  }

  go(): void {
    if (this.#stoppedAt === null) return;
    this.#leaptMs = this.#stoppedAt - performance.now();
    this.#stoppedAt = null;
    this.#armAll();
  }

  #armAll(): void {
    for (const timer of [...this.#timers].toSorted((one, other) => one.at - other.at)) {
      timer.cancel();
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    if (this.#stoppedAt !== null) return;
    const handle = setTimeout(
      () => {
        this.#timers.delete(timer);
        timer.callback();
      },
      // A longer one would fire at once; no test lasts so long.
      Math.min(2 ** 31 - 1, Math.max(0, timer.at - this.monotonic())),
    );
    handle.unref();
    timer.cancel = () => clearTimeout(handle);
  }
}
