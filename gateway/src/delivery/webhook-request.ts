import type { Clock } from '../clock.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import type { ResolveHost } from '../reach/resolve-host.ts';
import type { WebhookOptions, WebhookSecrets } from '../webhooks/webhook.ts';
import type { Connections } from './connections.ts';
import type { Places } from './places.ts';
import type { Proxy } from './proxy.ts';

/** What one attempt is to send, and where. */
export interface WebhookRequest {
  readonly url: string;
  /** How the webhook wants to be called. */
  readonly options: WebhookOptions;
  readonly secrets: WebhookSecrets;
  /** The same in every attempt of an event. */
  readonly eventId: string;
  /** Counted from 1. */
  readonly attempt: number;
  readonly body: Uint8Array;
  /** It is told once more, on request. */
  readonly isReplay: boolean;
  /** The attempt before had no response: it takes a place that those who answer do not need. */
  readonly isFailing: boolean;
}

/** What attempts share. */
export interface SendOptions {
  readonly clock: Clock;
  readonly places: Places;
  readonly connections: Connections;
  readonly resolve: ResolveHost;
  readonly policy: AddressPolicy;
  /** null: receivers are called directly. */
  readonly proxy: Proxy | null;
  readonly limits: SendLimits;
  /** Closes the attempt's socket at once. */
  readonly signal?: AbortSignal | undefined;
}

export interface SendLimits {
  /** From the name's look-up to the end of the response's head, unless the webhook says otherwise. */
  readonly totalMs: number;
  /** Connecting, TLS included. */
  readonly connectMs: number;
  /** The response's body, after its head. */
  readonly bodyMs: number;
  readonly bodyBytes: number;
}
