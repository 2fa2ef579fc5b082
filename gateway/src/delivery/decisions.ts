import type { Delivery, DropReason, DropSelection } from '../outbox/outbox-store.ts';
import type { RetryPolicy, Webhook } from '../webhooks/webhook.ts';
import type { AttemptResult, Response, Silence } from './attempt-result.ts';

/** From the end of an attempt without response to the next one; the contract's "round about 3000 ms". */
export const gapMs = 3000;

/** By how much of itself the gap varies, so that lanes which failed together do not come back together. */
const gapJitter = 0.1;

/** The longest wait of a webhook whose waits grow. */
const backoffMsMax = 10 * 60_000;
const retryAfterMsMax = 60 * 60_000;

/** When this machine has no socket to give, the attempt is put off by so much. */
const noSocketMs = 1000;

/** A wait that varies by a tenth. `random` is from 0 to 1. */
export function jittered(ms: number, random: number): number {
  return Math.round(ms * (1 + gapJitter * (2 * random - 1)));
}

export type BeforeAttempt =
  | { readonly do: 'send'; readonly webhook: Webhook & { readonly url: string } }
  | { readonly do: 'drop'; readonly reason: DropReason }
  /** The webhook is switched off. */
  | { readonly do: 'wait' };

/** Whether a delivery is still wanted, by the webhook as it is now; `undefined` when it is gone. */
export function beforeAttempt(delivery: Delivery, webhook: Webhook | undefined): BeforeAttempt {
  if (webhook === undefined) return { do: 'drop', reason: 'webhook_deleted' };
  if (webhook.url === null) return { do: 'drop', reason: 'webhook_cleared' };
  if (!webhook.events.some((event) => event === delivery.eventName))
    return { do: 'drop', reason: 'unsubscribed' };
  if (!webhook.isActive) return { do: 'wait' };
  return { do: 'send', webhook: { ...webhook, url: webhook.url } };
}

export type AfterAttempt =
  /** It ends the delivery; the lane goes on at once. */
  | {
      readonly do: 'settle';
      readonly state: 'delivered' | 'rejected' | 'parked' | 'dropped';
      readonly reason: string | null;
      readonly status: number | null;
      readonly response: Uint8Array | null;
      readonly durationMs: number | null;
    }
  /** It counts, and the same delivery is due again. */
  | { readonly do: 'repeat'; readonly inMs: number; readonly result: Silence | Response }
  /** It does not count, and the same delivery is due again. */
  | { readonly do: 'put_off'; readonly inMs: number };

/** What else counts for what follows from an attempt. */
export interface Circumstances {
  readonly retry: RetryPolicy;
  /** Attempts of the same delivery before this one. */
  readonly attemptsBefore: number;
  /** Since the delivery was recorded. */
  readonly ageMs: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** What follows from an attempt's result. */
export function afterAttempt(result: AttemptResult, circumstances: Circumstances): AfterAttempt {
  switch (result.outcome) {
    case 'delivered':
      return settledBy(result, null);
    case 'rejected':
      return isDeferred(result, circumstances.retry)
        ? repeatReliably(result, circumstances)
        : settledBy(result, null);
    case 'silence':
      return circumstances.retry.policy === 'eazewa'
        ? { do: 'repeat', inMs: jittered(gapMs, circumstances.random), result }
        : repeatReliably(result, circumstances);
    case 'unsent':
      return { do: 'put_off', inMs: result.reason === 'aborted' ? 0 : noSocketMs };
    case 'unsendable':
      return {
        do: 'settle',
        state: 'parked',
        reason: result.reason,
        status: null,
        response: null,
        durationMs: null,
      };
    default:
      return result satisfies never;
  }
}

function settledBy({ outcome, status, response, durationMs }: Response, reason: string | null): AfterAttempt {
  return { do: 'settle', state: outcome, reason, status, response, durationMs };
}

function isDeferred({ status }: Response, retry: RetryPolicy): boolean {
  return retry.policy === 'reliable' && retry.statuses.includes(status);
}

/** Waits twice as long each time, and gives up when the delivery is too old: that is what the policy is asked for. */
function repeatReliably(result: Silence | Response, circumstances: Circumstances): AfterAttempt {
  const { retry, attemptsBefore, ageMs, random } = circumstances;
  if (retry.policy === 'reliable' && ageMs >= retry.maxAgeMs) {
    if (result.outcome !== 'silence') return settledBy(result, 'too_old');
    return {
      do: 'settle',
      state: 'dropped',
      reason: 'too_old',
      status: null,
      response: null,
      durationMs: null,
    };
  }
  const backoffMs = Math.min(backoffMsMax, gapMs * 2 ** Math.min(attemptsBefore, 20));
  return { do: 'repeat', inMs: Math.max(jittered(backoffMs, random), retryAfterMs(result)), result };
}

/** What the receiver asks for (RFC 9110 10.2.3), in seconds; at most an hour. A date is not looked at. */
function retryAfterMs({ response }: Silence | Response): number {
  const head = response === null ? '' : Buffer.from(response).toString('latin1');
  const seconds = /\r\nretry-after:[\t ]*(\d{1,9})[\t ]*\r\n/i.exec(head)?.[1];
  return Math.min(retryAfterMsMax, Number(seconds ?? 0) * 1000);
}

/**
 * Which waiting deliveries a webhook no longer wants, as it is now. An attempt under way (`inFlight`) may end, unless
 * the webhook takes nothing at all any more.
 */
export function unwantedBy(
  webhookId: number,
  webhook: Webhook | undefined,
  inFlight: readonly number[],
  nowMs: number,
): DropSelection {
  const common = { webhookId, settledAt: nowMs };
  if (webhook === undefined) return { ...common, keepEvents: [], except: [], reason: 'webhook_deleted' };
  if (webhook.url === null) return { ...common, keepEvents: [], except: [], reason: 'webhook_cleared' };
  return { ...common, keepEvents: webhook.events, except: inFlight, reason: 'unsubscribed' };
}
