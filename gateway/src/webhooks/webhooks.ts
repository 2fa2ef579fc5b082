import type { EventName } from '@eazewa/sdk/events';
import type { Webhook } from './webhook.ts';

/** The webhooks of all instances, kept in memory and in the store; changes take effect for the next event. */
export interface Webhooks {
  /** All webhooks of an instance, from memory. */
  of(instanceId: number): readonly Webhook[];
  get(webhookId: number): Webhook | undefined;
  /** The webhook that Update Instance sets; every instance has one from its creation on. */
  main(instanceId: number): Webhook;
  create(instanceId: number, settings: WebhookSettings): Promise<Webhook>;
  /** Missing keys stay as they are; `url: null` and `events: []` reset. Waiting deliveries it no longer wants are dropped. */
  update(webhookId: number, settings: WebhookSettings): Promise<Webhook>;
  removeAll(instanceId: number): Promise<void>;
  /** Called after each change, with the webhook as it is now. */
  onChange(listener: (webhook: Webhook) => void): void;
}

export interface WebhookSettings {
  readonly url?: string | null;
  readonly events?: readonly EventName[];
}
