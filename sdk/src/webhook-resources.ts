import type { EventName } from './events.ts';
import { listOf, withTypes, type Guard } from './resources.ts';

/** How a webhook is called. What is left out of a request stays as it is. */
export interface WebhookSettings {
  /** While it is false nothing is sent; its events wait. */
  readonly isActive?: boolean;
  /** Sent with each request; null removes one. Answers show a mask in place of values, which means: as it is. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** For one attempt, 1000 to 60000; null: the gateway's default. */
  readonly deadlineMs?: number | null;
  /** What comes one after the other: the events of each chat, or all of the instance. Fixed while events wait. */
  readonly ordering?: 'chat' | 'instance';
  /** `eazewa`: any response is final. `reliable`: `retryStatuses` are repeated until the event is `retryMaxAgeMs` old. */
  readonly retryPolicy?: 'eazewa' | 'reliable';
  readonly retryStatuses?: readonly number[];
  readonly retryMaxAgeMs?: number;
  /** Attempts per second at most; null: as many as the receiver answers. */
  readonly ratePerSecond?: number | null;
  readonly verifyTls?: boolean;
  /** PEM of the authorities that its certificate may be from. */
  readonly ca?: string | null;
  /** PEM, with `clientKey`; for receivers that want one. */
  readonly clientCertificate?: string | null;
  readonly clientKey?: string | null;
  readonly quota?: Partial<Quota>;
  readonly media?: Partial<MediaOptions>;
}

/** Files inside the event `message`, as base64 in `data.media`. */
export interface MediaOptions {
  readonly inline: boolean;
  /** Of the whole request body with the file in it; what would be larger goes without. 1000 to 16 MiB. */
  readonly bytesMax: number;
}

/** What may wait for a webhook, and what happens at the end of any of them. */
export interface Quota {
  readonly deliveriesMax: number;
  readonly bytesMax: number;
  readonly ageMsMax: number | null;
  readonly whenReached: 'pause' | 'drop_oldest';
}

export interface NewWebhook extends WebhookSettings {
  readonly url: string;
  readonly events: readonly EventName[];
  readonly source?: 'api' | 'zapier' | 'make' | 'n8n';
}

export interface WebhookChanges extends WebhookSettings {
  /** null for `main` only: it then receives nothing. */
  readonly url?: string | null;
  readonly events?: readonly EventName[];
}

/** A webhook as the API shows it. `source: 'instance'` is the one of Update Instance. */
export interface WebhookResource extends Required<
  Omit<WebhookSettings, 'headers' | 'quota' | 'media' | 'retryStatuses' | 'retryMaxAgeMs'>
> {
  readonly id: number;
  readonly instanceId: number;
  readonly url: string | null;
  readonly events: readonly EventName[];
  readonly source: 'instance' | 'api' | 'zapier' | 'make' | 'n8n';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly isSigned: boolean;
  /** ISO 8601; until then the secret before the present one signs along. */
  readonly oldSecretUntil: string | null;
  /** Names with a mask each. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retryStatuses?: readonly number[];
  readonly retryMaxAgeMs?: number;
  readonly quota: Quota;
  readonly media: MediaOptions;
}

/** Shown once: keep it, and give it to `verifyWebhook`. */
export interface WebhookSecret {
  readonly secret: string;
  /** ISO 8601; until then the secret before signs along. null when there was none. */
  readonly oldSecretUntil: string | null;
}

/** What came of a test event. */
export interface TestResult {
  /** `delivered`: 2xx; `rejected`: any other response; `silence`: none; `unsent`, `unsendable`: nothing was sent. */
  readonly outcome: 'delivered' | 'rejected' | 'silence' | 'unsent' | 'unsendable';
  readonly status: number | null;
  readonly reason: string | null;
  /** How far the attempt came without a response. */
  readonly phase: string | null;
  /** All of this in plain words. */
  readonly explanation: string;
  readonly durationMs: number | null;
  /** The first bytes that came back, with control characters spelled out. */
  readonly response: { readonly head: string; readonly body: string } | null;
}

/** What waits for a webhook. `isCounted` is false shortly after the gateway's start: more may be waiting. */
export interface WebhookBacklog {
  readonly deliveries: number;
  /** Of their bodies. */
  readonly bytes: number;
  /** When the oldest of them was recorded, or earlier; milliseconds since 1970. */
  readonly oldestAt: number | null;
  readonly isCounted: boolean;
}

export const isBacklog: Guard<WebhookBacklog> = withTypes({ deliveries: 'number', bytes: 'number' });
export const isWebhook: Guard<WebhookResource> = withTypes({
  id: 'number',
  instanceId: 'number',
  events: 'object',
  source: 'string',
});
export const isWebhooks = listOf(isWebhook);
export const isSecret: Guard<WebhookSecret> = withTypes({ secret: 'string' });
export const isTestResult: Guard<TestResult> = withTypes({ outcome: 'string', explanation: 'string' });
