export interface WaitMark {
  readonly ended: number;
  readonly wakes: number;
}

/**
 * Waits for deliveries to end. Whoever waits says how many have to end before another look is worth it, so that a busy
 * gateway does not look after each of them.
 */
export class ReplayWaits {
  #ended = 0;
  #wakes = 0;
  #nextAt = Number.POSITIVE_INFINITY;
  readonly #waiting = new Set<{ readonly at: number; readonly wake: () => void }>();

  /** Now: take it before what the wait depends on is read, so that nothing in between is missed. */
  mark(): WaitMark {
    return { ended: this.#ended, wakes: this.#wakes };
  }

  /** Deliveries have ended, whichever. */
  add(count: number): void {
    this.#ended += count;
    if (this.#ended >= this.#nextAt) this.#wake((at) => at <= this.#ended);
  }

  /** Resolves once so many have ended since the mark, or all were woken since. */
  until({ ended, wakes }: WaitMark, count: number): Promise<void> {
    const at = ended + count;
    if (at <= this.#ended || wakes !== this.#wakes) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.add({ at, wake });
      this.#nextAt = Math.min(this.#nextAt, at);
    });
  }

  /** Something else has changed: all look again. */
  wakeAll(): void {
    this.#wakes++;
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
