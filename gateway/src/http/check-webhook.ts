import { decideChanges, type RequestedChanges } from '../webhooks/requested-changes.ts';
import type { Webhook, WebhookSettings } from '../webhooks/webhook.ts';
import type { HttpDeps } from './deps.ts';
import { InvalidRequest } from './validation.ts';

/**
 * A URL that is to be reset or stays as it is passes; `field` is what the caller knows it by.
 *
 * @throws InvalidRequest when no webhook can lead there
 */
export function refuseBadUrl(
  url: string | null | undefined,
  check: HttpDeps['checkWebhookUrl'],
  field = 'url',
): void {
  const problem = typeof url === 'string' ? check(url) : null;
  if (problem !== null) throw new InvalidRequest({ [field]: [problem] });
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
