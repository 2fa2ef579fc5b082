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
}
