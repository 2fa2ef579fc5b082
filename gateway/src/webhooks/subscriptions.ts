import { GatewayError } from '../errors.ts';
import type { Webhook } from './webhook.ts';

/** Active webhooks that an instance can have besides the one of Update Instance; the contract's number. */
export const activeMax = 25;

/** Those of an instance's webhooks that were subscribed: all but the one of Update Instance. */
export function subscriptionsAmong(webhooks: readonly Webhook[]): Webhook[] {
  return webhooks.filter(({ source }) => source !== 'instance');
}

/** The subscription that has this URL, to the letter. */
export function subscriptionWith(url: string, webhooks: readonly Webhook[]): Webhook | undefined {
  return subscriptionsAmong(webhooks).find((webhook) => webhook.url === url);
}

/**
 * Nothing when one more may become active. `field` is what the caller asked for.
 *
 * @throws GatewayError `invalid_request`
 */
export function needRoom(webhooks: readonly Webhook[], field: string): void {
  if (subscriptionsAmong(webhooks).filter(({ isActive }) => isActive).length < activeMax) return;
  throw new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: {
      [field]: [`The instance has ${activeMax} active webhooks, the most that it can: delete one first.`],
    },
  });
}
