import type { Delivery, DropReason, DropSelection } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { AttemptResult, Silence } from './attempt-result.ts';

/** From the end of an attempt without response to the next one; the contract's "round about 3000 ms". */
export const gapMs = 3000;

/** By how much of itself the gap varies, so that lanes which failed together do not come back together. */
const gapJitter = 0.1;

/** When this machine has no socket to give, the attempt is put off by so much. */
const noSocketMs = 1000;

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
      readonly state: 'delivered' | 'rejected' | 'parked';
      readonly reason: string | null;
      readonly status: number | null;
      readonly response: Uint8Array | null;
      readonly durationMs: number | null;
    }
  /** It counts, and the same delivery is due again. */
  | { readonly do: 'repeat'; readonly inMs: number; readonly silence: Silence }
  /** It does not count, and the same delivery is due again. */
  | { readonly do: 'put_off'; readonly inMs: number };

/** What follows from an attempt's result. `random` is from 0 to 1. */
export function afterAttempt(result: AttemptResult, random: number): AfterAttempt {
  switch (result.outcome) {
    case 'delivered':
    case 'rejected': {
      const { status, response, durationMs, outcome } = result;
      return { do: 'settle', state: outcome, reason: null, status, response, durationMs };
    }
    case 'silence':
      return { do: 'repeat', inMs: Math.round(gapMs * (1 + gapJitter * (2 * random - 1))), silence: result };
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
