import { GatewayError } from '../errors.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { HttpDeps } from './deps.ts';
import type { Call } from './route.ts';

/** The path's name for the webhook of Update Instance, which every instance has. */
const mainName = 'main';

/**
 * The webhook that the path names: by its id, or `main`.
 *
 * @throws GatewayError `not_found` when there is none, also for one of another instance
 */
export async function findWebhook(call: Call, webhooks: HttpDeps['webhooks']): Promise<Webhook> {
  const instance = await call.instance();
  const text = call.parameter('webhookId');
  if (text === mainName) return webhooks.main(instance.id);
  const webhook = /^[1-9]\d{0,14}$/.test(text) ? webhooks.get(Number(text)) : undefined;
  if (webhook?.instanceId === instance.id) return webhook;
  throw new GatewayError('not_found', `There is no webhook ${text}.`);
}
