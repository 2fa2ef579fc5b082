/** Lets so many through per second. Time comes in from outside, on the monotonic clock. */
export class Pace {
  readonly #gapMs: number;
  readonly #burstMs: number;
  /** When the one after the last would be due if all kept their distance. */
  #dueMs = -Infinity;

  /** A tenth of a second's worth may come at once. */
  constructor(perSecond: number) {
    this.#gapMs = 1000 / perSecond;
    this.#burstMs = Math.max(100 - this.#gapMs, 0);
  }

  /** Takes the next turn; returns the time from which it may be used. */
  take(nowMs: number): number {
    const due = Math.max(this.#dueMs, nowMs);
    this.#dueMs = due + this.#gapMs;
    return Math.max(due - this.#burstMs, nowMs);
  }

  /** A turn that was taken is not used: those after it come earlier. Returns by how many milliseconds. */
  giveBack(): number {
    this.#dueMs -= this.#gapMs;
    return this.#gapMs;
  }

  /** From when on nothing is left of earlier turns, so that a new one would be the same. */
  get restedAt(): number {
    return this.#dueMs;
  }

  isRested(nowMs: number): boolean {
    return this.restedAt <= nowMs;
  }
}
