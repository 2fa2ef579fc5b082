/**
 * Waits for deliveries to end. Whoever waits says how many have to end before another look is worth it, so that a busy
 * gateway does not look after each of them.
 */
export class ReplayWaits {
  #ended = 0;
  #nextAt = Number.POSITIVE_INFINITY;
  readonly #waiting = new Set<{ readonly at: number; readonly wake: () => void }>();

  /** How many have ended so far: read it before what the wait depends on is read. */
  get ended(): number {
    return this.#ended;
  }

  /** Deliveries have ended, whichever. */
  add(count: number): void {
    this.#ended += count;
    if (this.#ended >= this.#nextAt) this.#wake((at) => at <= this.#ended);
  }

  /** Resolves once so many have ended in all, or when all are woken. */
  until(ended: number): Promise<void> {
    if (ended <= this.#ended) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.add({ at: ended, wake });
      this.#nextAt = Math.min(this.#nextAt, ended);
    });
  }

  /** Something else has changed: all look again. */
  wakeAll(): void {
    this.#wake(() => true);
  }

  #wake(isDue: (at: number) => boolean): void {
    this.#nextAt = Number.POSITIVE_INFINITY;
    for (const one of this.#waiting) {
      if (isDue(one.at)) {
        this.#waiting.delete(one);
        one.wake();
      } else this.#nextAt = Math.min(this.#nextAt, one.at);
    }
  }
}
