import type { EventName } from '@eazewa/sdk/events';

/** A receiver of an instance's events. Without a url it receives nothing. */
export interface Webhook {
  readonly id: number;
  readonly instanceId: number;
  readonly url: string | null;
  readonly events: readonly EventName[];
}

/** What can be set. A missing key means: as it is, or for a new webhook: nothing. */
export interface WebhookSettings {
  readonly url?: string | null;
  readonly events?: readonly EventName[];
}

/** Which of the webhooks want an event, at the moment it is recorded. */
export function webhooksFor(event: EventName, webhooks: readonly Webhook[]): Webhook[] {
  return webhooks.filter((webhook) => webhook.url !== null && webhook.events.includes(event));
}
