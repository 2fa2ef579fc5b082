import type { Clock } from '../clock.ts';
import type { AttemptResult } from './attempt-result.ts';
import { Connections } from './connections.ts';
import type { AddressPolicy } from '../reach/guard-address.ts';
import { Places, type PlaceLimits } from './places.ts';
import type { Proxy } from './proxy.ts';
import { createResolver, type ResolveHost } from '../reach/resolve-host.ts';
import { sendWebhook } from './send-webhook.ts';
import type { SendLimits, WebhookRequest } from './webhook-request.ts';

export interface Sender {
  send(request: WebhookRequest, signal?: AbortSignal): Promise<AttemptResult>;
  /** Closes the connections that are not in use. */
  close(): void;
}

export interface SenderOptions {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly limits?: Partial<SenderLimits>;
  readonly resolve?: ResolveHost;
  /** Every request goes through it; what the environment says of proxies does not count. */
  readonly proxy?: Proxy | null;
}

export interface SenderLimits extends SendLimits, PlaceLimits {
  /** How long an unused connection is kept. */
  readonly idleMs: number;
}

/** What an attempt may cost unless it is said otherwise. */
export const defaultLimits: SenderLimits = {
  totalMs: 30_000,
  connectMs: 5000,
  bodyMs: 2000,
  bodyBytes: 64 * 1024,
  perHost: 256,
  inAll: 4096,
  failingPerHost: 64,
  failingInAll: 1024,
  hostPerSecond: 0,
  failingHostPerSecond: 200,
  idleMs: 4000,
};

/** Sends webhooks over connections that it shares and keeps. */
export function createSender({
  clock,
  policy,
  limits: changed = {},
  resolve = createResolver({ clock }),
  proxy = null,
}: SenderOptions): Sender {
  const limits = { ...defaultLimits, ...changed };
  const places = new Places(clock, limits);
  const connections = new Connections(clock, limits);
  return {
    send: (request, signal) =>
      sendWebhook(request, { clock, places, connections, resolve, policy, proxy, limits, signal }),
    close: () => connections.close(),
  };
}
