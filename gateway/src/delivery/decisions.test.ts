import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptResult } from './attempt-result.ts';
import { afterAttempt, type Circumstances } from './decisions.ts';

const usual: Circumstances = { retry: { policy: 'eazewa' }, attemptsBefore: 0, ageMs: 0, random: 0.5 };
const reliable = { policy: 'reliable', statuses: [429, 503], maxAgeMs: 1000 } as const;

const rows: {
  name: string;
  result: AttemptResult;
  given?: Partial<Circumstances>;
  expected: Record<string, string | number | null>;
}[] = [
  { name: '2xx', result: response(204), expected: { do: 'settle', state: 'delivered', status: 204 } },
  { name: 'an error', result: response(503), expected: { do: 'settle', state: 'rejected', status: 503 } },
  { name: 'silence', result: silence(), expected: { do: 'repeat', inMs: 3000 } },
  { name: 'silence, soonest', result: silence(), given: { random: 0 }, expected: { inMs: 2700 } },
  { name: 'silence, latest', result: silence(), given: { random: 1 }, expected: { inMs: 3300 } },
  {
    name: 'silence after a week',
    result: silence(),
    given: { attemptsBefore: 201_600, ageMs: 7 * 24 * 3600 * 1000 },
    expected: { do: 'repeat', inMs: 3000 },
  },
  {
    name: 'Retry-After means nothing to the contract',
    result: response(429, 'Retry-After: 30'),
    expected: { do: 'settle', state: 'rejected' },
  },
  {
    name: 'reliable: a chosen status',
    result: response(503),
    given: { retry: reliable },
    expected: { do: 'repeat', inMs: 3000 },
  },
  {
    name: 'reliable: another status',
    result: response(400),
    given: { retry: reliable },
    expected: { do: 'settle', state: 'rejected' },
  },
  {
    name: 'reliable: the fifth time',
    result: response(503),
    given: { retry: reliable, attemptsBefore: 4 },
    expected: { do: 'repeat', inMs: 48_000 },
  },
  {
    name: 'reliable: the longest wait',
    result: silence(),
    given: { retry: reliable, attemptsBefore: 5000 },
    expected: { do: 'repeat', inMs: 600_000 },
  },
  {
    name: 'reliable: Retry-After counts when it is longer',
    result: response(429, 'Retry-After: 30'),
    given: { retry: reliable },
    expected: { do: 'repeat', inMs: 30_000 },
  },
  {
    name: 'reliable: Retry-After of years is cut',
    result: response(429, 'retry-after:\t99999999 '),
    given: { retry: reliable },
    expected: { inMs: 3_600_000 },
  },
  ...['-1', 'soon', 'Wed, 21 Oct 2026 07:28:00 GMT', '1.5'].map((text) => ({
    name: `reliable: Retry-After: ${text} is not followed`,
    result: response(429, `Retry-After: ${text}`),
    given: { retry: reliable },
    expected: { inMs: 3000 },
  })),
  {
    name: 'reliable: too old, with a status',
    result: response(503),
    given: { retry: reliable, ageMs: 1000 },
    expected: { do: 'settle', state: 'rejected', reason: 'too_old', status: 503 },
  },
  {
    name: 'reliable: too old, without',
    result: silence(),
    given: { retry: reliable, ageMs: 1000 },
    expected: { do: 'settle', state: 'dropped', reason: 'too_old', status: null },
  },
  {
    name: 'no socket',
    result: { outcome: 'unsent', reason: 'no_sockets', detail: 'EMFILE' },
    expected: { do: 'put_off', inMs: 1000 },
  },
  {
    name: 'cut by us',
    result: { outcome: 'unsent', reason: 'aborted', detail: '' },
    expected: { do: 'put_off', inMs: 0 },
  },
  {
    name: 'not sendable',
    result: { outcome: 'unsendable', reason: 'invalid_url', detail: '' },
    expected: { do: 'settle', state: 'parked', reason: 'invalid_url' },
  },
];

for (const { name, result, given, expected } of rows) {
  test(`what follows: ${name}`, () => {
    const after = afterAttempt(result, { ...usual, ...given });
    const seen = Object.fromEntries(Object.entries(after).filter(([key]) => key in expected));
    assert.deepEqual(seen, expected);
  });
}

function response(status: number, header = 'Content-Length: 0'): AttemptResult {
  const outcome = status < 300 ? 'delivered' : 'rejected';
  const bytes = Buffer.from(`HTTP/1.1 ${status} X\r\n${header}\r\n\r\n`);
  return { outcome, status, bodyProblem: null, response: bytes, durationMs: 1 };
}

function silence(): AttemptResult {
  return {
    outcome: 'silence',
    reason: 'timeout',
    phase: 'response',
    detail: '',
    response: null,
    durationMs: 1,
  };
}
