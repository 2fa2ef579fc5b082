import type { Clock } from '../clock.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { originOf, type OperationalEvent } from './operational-events.ts';

/** A webhook stopped answering, or answers again; told once for each. */
export interface HealthChange {
  readonly webhookId: number;
  readonly state: 'failing' | 'recovered';
  /** Why there was no response; null when it is not known. */
  readonly reason: string | null;
  /** Since when it did not answer, in milliseconds since 1970. */
  readonly sinceMs: number;
}

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
