import type { AttemptResult } from '../attempt-result.ts';

/** Answered with a plain 200. */
export const delivered: AttemptResult = {
  outcome: 'delivered',
  status: 200,
  bodyProblem: null,
  response: Buffer.of(),
  durationMs: 1,
};

/** The receiver took the request and cut the connection. */
export const reset: AttemptResult = {
  outcome: 'silence',
  reason: 'reset',
  phase: 'response',
  detail: 'ECONNRESET',
  response: null,
  durationMs: 1,
};

/** Nobody listens there. */
export const refused: AttemptResult = {
  outcome: 'silence',
  reason: 'refused',
  phase: 'connect',
  detail: 'ECONNREFUSED',
  response: null,
  durationMs: 1,
};
