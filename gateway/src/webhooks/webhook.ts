import { isEventName, type EventName } from '@eazewa/sdk/events';
import { isOperationalEventName, type OperationalEventName } from '@eazewa/sdk/operational-events';

/** A receiver of an instance's events. Without a url it receives nothing. */
export interface Webhook {
  readonly id: number;
  /** 0: of none; it is the operator's. */
  readonly instanceId: number;
  readonly url: string | null;
  /** Operational events are the operator's only, and the only ones that it gets. */
  readonly events: readonly AnyEventName[];
  readonly source: WebhookSource;
  /** While it is false nothing is sent; its events wait. */
  readonly isActive: boolean;
  readonly createdAt: number;
  readonly options: WebhookOptions;
  readonly secrets: WebhookSecrets;
}

/** What can be recorded and delivered: what happens to instances, and what the operator is told. */
export type AnyEventName = EventName | OperationalEventName;

/** Whether a text is the exact name of either kind of event. */
export function isAnyEventName(name: unknown): name is AnyEventName {
  return isEventName(name) || isOperationalEventName(name);
}

/** The operator's webhook is recorded under this instance, which never exists. */
export const operatorInstanceId = 0;

/**
 * Who made it. `instance`: it is the one of Update Instance, which every instance has. `operator`: it is the one of the
 * gateway's settings.
 */
export type WebhookSource = 'instance' | 'operator' | SubscriptionSource;

/** Who may make one besides it; the contract's words. */
export const subscriptionSources = ['api', 'zapier', 'make', 'n8n'] as const;
export type SubscriptionSource = (typeof subscriptionSources)[number];

/** How it is called; anybody who sees the webhook may see these. */
export interface WebhookOptions {
  /** For one attempt, from the name's look-up to the response's head; null: the gateway's default. */
  readonly deadlineMs: number | null;
  /** What must stay in order: the events of each chat, or all of them. */
  readonly ordering: 'chat' | 'instance';
  readonly retry: RetryPolicy;
  /** Attempts per second at most; null: as many as the receiver answers. */
  readonly ratePerSecond: number | null;
  /** False to accept any certificate. */
  readonly verifyTls: boolean;
  /** PEM of the authorities that its certificate may be from, in place of the usual ones; null: the usual ones. */
  readonly ca: string | null;
  readonly quota: Quota;
  readonly media: MediaOptions;
}

export type RetryPolicy =
  /** The contract's: any response is final, silence is repeated every 3 s without end. */
  | { readonly policy: 'eazewa' }
  /** These statuses are repeated like silence, both with growing waits, until the delivery is as old as `maxAgeMs`. */
  | { readonly policy: 'reliable'; readonly statuses: readonly number[]; readonly maxAgeMs: number };

/** What may wait for it. At the end of any of them its new events are not queued, or its oldest are dropped. */
export interface Quota {
  readonly deliveriesMax: number;
  readonly bytesMax: number;
  /** Null: however old. */
  readonly ageMsMax: number | null;
  readonly whenReached: 'pause' | 'drop_oldest';
}

/** Whether the event `message` brings the file along, as base64 in `data.media`. */
export interface MediaOptions {
  readonly inline: boolean;
  /** Bytes of the whole request body with the file in it: when it would be larger, it goes without. */
  readonly bytesMax: number;
}

/** What only the receiver and the gateway know; sealed in the store. */
export interface WebhookSecrets {
  /** Sent with each request, besides the gateway's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Keys that requests are signed with, newest first; none: they are not signed. */
  readonly signing: readonly SigningSecret[];
  /** PEM; what the receiver knows the gateway by. */
  readonly client: { readonly certificate: string; readonly key: string } | null;
}

export interface SigningSecret {
  /** `whsec_` and base64, as in Standard Webhooks. */
  readonly key: string;
  /** Milliseconds since 1970 until which it signs; null: for good. */
  readonly until: number | null;
}

export const defaultOptions: WebhookOptions = {
  deadlineMs: null,
  ordering: 'chat',
  retry: { policy: 'eazewa' },
  ratePerSecond: null,
  verifyTls: true,
  ca: null,
  quota: {
    deliveriesMax: 1_000_000,
    bytesMax: 4 * 1024 ** 3,
    // A clock that is wrong by a month must not end what is owed.
    ageMsMax: null,
    whenReached: 'pause',
  },
  // Express takes 100 kB unless it is told otherwise, and what is refused with 413 is lost.
  media: { inline: false, bytesMax: 100_000 },
};

/** Nobody but the log hears that the operator's own webhook is at its quota, and new alarms are of more use than old ones. */
export const operatorQuota: Quota = {
  deliveriesMax: 10_000,
  bytesMax: 64 * 1024 ** 2,
  ageMsMax: null,
  whenReached: 'drop_oldest',
};

export const noSecrets: WebhookSecrets = { headers: {}, signing: [], client: null };

/** A webhook with everything that is not said as it is by default. */
export function plainWebhook(
  said: Partial<Webhook> & Pick<Webhook, 'id' | 'instanceId' | 'url' | 'events'>,
): Webhook {
  return {
    source: 'instance',
    isActive: true,
    createdAt: 0,
    options: defaultOptions,
    secrets: noSecrets,
    ...said,
  };
}

/** What can be set. A missing key means: as it is, or for a new webhook: as it is by default. */
export interface WebhookSettings {
  readonly url?: string | null;
  readonly events?: readonly EventName[];
  readonly isActive?: boolean;
  readonly options?: Partial<WebhookOptions>;
  readonly secrets?: Partial<WebhookSecrets>;
}

/** Which of the webhooks want an event, at the moment it is recorded. */
export function webhooksFor(event: AnyEventName, webhooks: readonly Webhook[]): Webhook[] {
  return webhooks.filter((webhook) => webhook.url !== null && webhook.events.includes(event));
}
