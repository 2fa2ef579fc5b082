import type { Clock } from '../clock.ts';
import type { AttemptResult } from './attempt-result.ts';
import { Connections, type ConnectionLimits } from './connections.ts';
import type { AddressPolicy } from './guard-address.ts';
import { createResolver, type ResolveHost } from './resolve-host.ts';
import { sendWebhook, type SendLimits, type WebhookRequest } from './send-webhook.ts';

export interface Sender {
  send(request: WebhookRequest, signal?: AbortSignal): Promise<AttemptResult>;
  /** Closes the connections that are not in use. */
  close(): void;
}

export interface SenderOptions {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly limits?: Partial<SendLimits & ConnectionLimits>;
  readonly resolve?: ResolveHost;
}

/** What an attempt may cost unless it is said otherwise. */
export const defaultLimits: SendLimits & ConnectionLimits = {
  totalMs: 30_000,
  connectMs: 5000,
  bodyMs: 2000,
  bodyBytes: 64 * 1024,
  perOrigin: 256,
  inAll: 4096,
  idleMs: 4000,
};

/** Sends webhooks over connections that it shares and keeps. */
export function createSender({ clock, policy, limits: changed = {}, resolve }: SenderOptions): Sender {
  const limits = { ...defaultLimits, ...changed };
  const connections = new Connections(clock, limits);
  const resolveHost = resolve ?? createResolver({ clock });
  return {
    send: (request, signal) =>
      sendWebhook(request, { clock, connections, resolve: resolveHost, policy, limits, signal }),
    close: () => connections.close(),
  };
}
