import type { Clock } from '../clock.ts';

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs = 1_700_000_000_000;
  #monotonicMs = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return Math.floor(this.#nowMs);
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#monotonicMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves both times forward and calls what becomes due, in order. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(({ at }) => at <= end)
        .toSorted((one, other) => one.at - other.at);
      this.#moveTo(next ? Math.max(next.at, this.#monotonicMs) : end);
      if (!next) return;
      this.#timers.delete(next);
      next.callback();
    }
  }

  /** Milliseconds until the next timer; null when there is none. */
  get nextInMs(): number | null {
    const times = this.timersInMs;
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Milliseconds until each timer. */
  get timersInMs(): number[] {
    return [...this.#timers].map(({ at }) => at - this.#monotonicMs);
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }
}
