import type { Clock } from '../clock.ts';

/** Lets `limit` calls per key pass in any `windowMs`. */
export interface RateLimit {
  /** Counts a call and returns 0, or does not count it and returns the milliseconds after which the next may come. */
  take(key: number): number;
}

export function createRateLimit(limit: number, windowMs: number, clock: Clock): RateLimit {
  const calls = new Map<number, number[]>();
  return {
    take(key) {
      const now = clock.monotonic();
      forgetBefore(now - windowMs, calls);
      const recent = calls.get(key) ?? [];
      const [oldest] = recent;
      if (oldest !== undefined && recent.length >= limit) return oldest + windowMs - now;
      calls.set(key, [...recent, now]);
      return 0;
    },
  };
}

function forgetBefore(time: number, calls: Map<number, number[]>): void {
  for (const [key, times] of calls) {
    const recent = times.filter((at) => at > time);
    if (recent.length === 0) calls.delete(key);
    else calls.set(key, recent);
  }
}
