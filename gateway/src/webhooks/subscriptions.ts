import { GatewayError } from '../errors.ts';
import type { Webhook } from './webhook.ts';

/** Active webhooks that an instance can have besides the one of Update Instance; the contract's number. */
const activeMax = 25;

/** With those that are not active, which cost memory and can be tested. */
const subscriptionsMax = 100;

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
  const active = subscriptionsAmong(webhooks).filter(({ isActive }) => isActive);
  if (active.length >= activeMax) throw full(field, `${activeMax} active webhooks`);
}

/**
 * Nothing when there may be one more, active or not. `field` is what the caller asked for.
 *
 * @throws GatewayError `invalid_request`
 */
export function needPlace(webhooks: readonly Webhook[], field: string): void {
  const { length } = subscriptionsAmong(webhooks);
  if (length >= subscriptionsMax) throw full(field, `${subscriptionsMax} webhooks`);
}

function full(field: string, what: string): GatewayError {
  return new GatewayError('invalid_request', 'The given data was invalid.', {
    fields: { [field]: [`The instance has ${what}, the most that it can: delete one first.`] },
  });
}
