import type { Clock } from '../clock.ts';
import type { HealthChange } from '../webhooks/health-change.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { originOf, type OperationalEvent } from './operational-events.ts';

/** What the operator is told of a webhook's health; null for a webhook that is gone. */
export function healthEvent(
  { state, reason, sinceMs }: HealthChange,
  webhook: Webhook | undefined,
  clock: Clock,
): OperationalEvent | null {
  if (webhook === undefined) return null;
  const outage = { webhookId: webhook.id, origin: originOf(webhook.url), reason, since: sinceMs };
  return state === 'failing'
    ? { event: 'webhook.failing', webhook, data: outage }
    : { event: 'webhook.recovered', webhook, data: { ...outage, recoveredAt: clock.now() } };
}
