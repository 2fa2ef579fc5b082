import type { Clock } from '../clock.ts';
import type { WebhookOptions, WebhookSecrets } from '../webhooks/webhook.ts';
import type { AttemptResult, Unsendable } from './attempt-result.ts';
import { Attempt } from './attempt.ts';
import type { Connections } from './connections.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import type { Places } from './places.ts';
import type { Proxy } from './proxy.ts';
import { whySecretsUnsendable } from './request-head.ts';
import type { ResolveHost } from '../reach/resolve-host.ts';
import { targetOf } from './target.ts';
import { tlsIdentityOf } from './tls-identity.ts';

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

/**
 * Makes one attempt: POSTs the body, once, and resolves with what became of it. It never rejects for anything that
 * the network or the receiver does. Redirects are not followed, the body of the response is thrown away.
 */
export function sendWebhook(request: WebhookRequest, options: SendOptions): Promise<AttemptResult> {
  const target = targetOf(request.url);
  if (target === null) return unsendable('invalid_url', 'the URL is not valid');
  const identity = target.isTls ? tlsIdentityOf(request.options, request.secrets) : null;
  if (identity?.context === null) {
    return unsendable('invalid_certificate', 'the authority or the client certificate cannot be read');
  }
  const refusal = whySecretsUnsendable(request.secrets);
  if (refusal !== null) return Promise.resolve(refusal);
  return new Promise((resolve) => {
    new Attempt(request, { target, identity, options }, resolve).start();
  });
}

function unsendable(reason: Unsendable['reason'], detail: string): Promise<Unsendable> {
  return Promise.resolve({ outcome: 'unsendable', reason, detail });
}
