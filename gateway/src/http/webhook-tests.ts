import { Type } from 'typebox';
import { escapedResponse } from '../outbox/escape-bytes.ts';
import type { TestResult } from '../webhooks/test-event.ts';
import type { RetryPolicy } from '../webhooks/webhook.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { TooManyRequests } from './error-response.ts';
import { findWebhook } from './find-webhook.ts';
import { createRateLimit } from './rate-limit.ts';
import { route, type Route } from './route.ts';
import { InvalidRequest } from './validation.ts';

/** Tests of one webhook per minute: each is a request to somebody else's server. */
const testsPerMinute = 10;

const Text = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Union([Type.Integer(), Type.Null()]);

const TestAnswer = Type.Object({
  outcome: Type.Enum(['delivered', 'rejected', 'silence', 'unsent', 'unsendable'], {
    description:
      'delivered: 2xx; rejected: any other response; silence: none; unsent, unsendable: nothing was sent.',
  }),
  status: { ...Count, description: "The response's status; null without one." },
  reason: { ...Text, description: 'Why there was no response; null with one.' },
  phase: {
    ...Text,
    description: 'How far the attempt came without a response: resolve, connect, tls, write, response.',
  },
  explanation: Type.String({ description: 'All of this in plain words.' }),
  durationMs: Count,
  response: Type.Union([Type.Object({ head: Type.String(), body: Type.String() }), Type.Null()], {
    description: 'The first bytes that came back, with control characters spelled out.',
  }),
});

/** A test event on request, so that whoever sets up a webhook sees what the gateway sees. */
export function webhookTestRoutes({ webhooks, clock, sendTest }: HttpDeps): Route[] {
  const limit = createRateLimit(testsPerMinute, 60_000, clock);
  return [
    route({
      method: 'POST',
      path: '/instances/:id/webhooks/:webhookId/test',
      permission: 'update',
      operationId: 'test-webhook',
      summary: 'Send a test event',
      description:
        'One attempt with a deadline of 10 seconds at most, beside what waits: `{"event":"webhook.test",...}`, with the ' +
        'headers and the signature of a real one, also while the webhook is not active. It is not in the list of ' +
        `deliveries. At most ${testsPerMinute} a minute.`,
      tag: 'webhooks',
      isLimited: true,
      answer: Answer('data', TestAnswer),
      async handle(call) {
        const webhook = await findWebhook(call, webhooks);
        const { id, url } = webhook;
        if (url === null)
          throw new InvalidRequest({ url: ['The webhook has no URL: set one, then test it.'] });
        const waitMs = limit.take(id);
        if (waitMs > 0) {
          throw new TooManyRequests(
            `A webhook can be tested ${testsPerMinute} times a minute.`,
            Math.ceil(waitMs / 1000),
          );
        }
        const data = testAnswer(await sendTest({ ...webhook, url }), webhook.options.retry);
        return { data, links: { self: call.self }, status: 'success' };
      },
    }),
  ];
}

function testAnswer(result: TestResult, retry: RetryPolicy) {
  const { outcome } = result;
  const explanation = explain(result, retry);
  switch (outcome) {
    case 'delivered':
    case 'rejected': {
      const { status, durationMs, response } = result;
      return {
        outcome,
        status,
        reason: null,
        phase: null,
        explanation,
        durationMs,
        response: escapedResponse(response),
      };
    }
    case 'silence': {
      const { reason, phase, durationMs } = result;
      const response = result.response === null ? null : escapedResponse(result.response);
      return { outcome, status: null, reason, phase, explanation, durationMs, response };
    }
    case 'unsent':
    case 'unsendable': {
      const { reason } = result;
      return { outcome, status: null, reason, phase: null, explanation, durationMs: null, response: null };
    }
    default:
      return outcome satisfies never;
  }
}

function explain(result: TestResult, retry: RetryPolicy): string {
  switch (result.outcome) {
    case 'delivered':
      return `The receiver answered ${result.status}: a real event is delivered by that.`;
    case 'rejected':
      return repeats(retry, result.status)
        ? `The receiver answered ${result.status}: a real event is sent again, ${withReliable}.`
        : `The receiver answered ${result.status}: a real event is written down as an error by that.`;
    case 'silence':
      return `No response${phases.get(result.phase) ?? ''}: ${result.detail}. A real event is sent again${
        retry.policy === 'reliable' ? `, ${withReliable}` : ' about every 3 seconds'
      }.`;
    case 'unsent':
      return `Nothing was sent: ${result.detail}.`;
    case 'unsendable':
      return `It cannot be sent: ${result.detail}.`;
    default:
      return result satisfies never;
  }
}

function repeats(retry: RetryPolicy, status: number): boolean {
  return retry.policy === 'reliable' && retry.statuses.includes(status);
}

const withReliable = 'with growing waits, until it is retryMaxAgeMs old';

const phases = new Map([
  ['resolve', " (looking the host's name up)"],
  ['connect', ' (connecting)'],
  ['tls', ' (agreeing on TLS)'],
  ['write', ' (sending the request)'],
  ['response', ' (the request was sent; the receiver may have it)'],
]);
