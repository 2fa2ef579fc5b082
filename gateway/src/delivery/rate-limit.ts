import type { Clock } from '../clock.ts';

/** So many per second, and as many at once after a rest. A token bucket. */
export class RateLimit {
  readonly #clock: Clock;
  #tokens = 0;
  #perSecond = 0;
  #at = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one when there is one; else the milliseconds until there is. Null is no limit. */
  take(perSecond: number | null): number {
    if (perSecond === null) return 0;
    const now = this.#clock.monotonic();
    const isNew = perSecond !== this.#perSecond;
    const room = Math.max(1, perSecond);
    this.#tokens = isNew ? room : Math.min(room, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#perSecond = perSecond;
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) / perSecond) * 1000);
    this.#tokens--;
    return 0;
  }

  /** Milliseconds until nothing is left of what was taken, so that a new one would be the same. */
  get msToRest(): number {
    if (this.#perSecond === 0) return 0;
    const fullAt = this.#at + ((Math.max(1, this.#perSecond) - this.#tokens) / this.#perSecond) * 1000;
    return Math.max(0, Math.ceil(fullAt - this.#clock.monotonic()));
  }
}
