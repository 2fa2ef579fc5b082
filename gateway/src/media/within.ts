import type { Clock } from '../clock.ts';

/** A signal that ends with any of those, and after `ms` unless `end` was called before. */
export function within(
  ms: number,
  signals: readonly AbortSignal[],
  clock: Clock,
): { signal: AbortSignal; end: () => void } {
  const late = new AbortController();
  const end = clock.after(ms, () => late.abort(new Error('it took too long')));
  return { signal: AbortSignal.any([...signals, late.signal]), end };
}
