import type { Clock } from '../clock.ts';

/** A signal that also ends after `ms`, unless `end` was called before. */
export function within(
  ms: number,
  signal: AbortSignal,
  clock: Clock,
): { signal: AbortSignal; end: () => void } {
  const late = new AbortController();
  const end = clock.after(ms, () => late.abort(new Error('it took too long')));
  return { signal: AbortSignal.any([signal, late.signal]), end };
}
