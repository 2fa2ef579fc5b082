import type { AttemptRun, Settlement } from '../outbox-store.ts';

/** A delivered delivery's end, at its first attempt, unless it is said otherwise. */
export function endOf(deliveryId: number, said: Partial<Settlement> = {}): Settlement {
  return {
    deliveryId,
    state: 'delivered',
    reason: null,
    status: 200,
    response: null,
    attempts: 1,
    runs: [],
    durationMs: 12,
    settledAt: 2000,
    ...said,
  };
}

/** One attempt that was refused, unless it is said otherwise. */
export function refusal(said: Partial<AttemptRun> = {}): AttemptRun {
  return {
    number: 1,
    count: 1,
    outcome: 'silence',
    reason: 'refused',
    phase: 'connect',
    detail: 'ECONNREFUSED',
    status: null,
    response: null,
    firstAt: 1000,
    lastAt: 1000,
    durationMs: 3,
    ...said,
  };
}
