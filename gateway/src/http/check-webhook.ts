import { decideChanges, type RequestedChanges } from '../webhooks/requested-changes.ts';
import type { Webhook, WebhookSettings } from '../webhooks/webhook.ts';
import type { HttpDeps } from './deps.ts';
import { InvalidRequest } from './validation.ts';

/** @throws InvalidRequest when no webhook can lead there */
export function refuseBadUrl(url: string, check: HttpDeps['checkWebhookUrl']): void {
  const problem = check(url);
  if (problem !== null) throw new InvalidRequest({ url: [problem] });
}

/**
 * What a request makes of a webhook's settings.
 *
 * @throws InvalidRequest when it cannot
 */
export function changesOrRefusal(
  before: Pick<Webhook, 'options' | 'secrets'>,
  asked: RequestedChanges,
): WebhookSettings {
  const decision = decideChanges(before, asked);
  if (!decision.ok) throw new InvalidRequest(decision.problems);
  return decision.settings;
}
