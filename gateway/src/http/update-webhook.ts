import type { RequestedChanges } from '../webhooks/requested-changes.ts';
import { needRoom, subscriptionWith } from '../webhooks/subscriptions.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { changesOrRefusal, refuseBadUrl } from './check-webhook.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { findWebhook } from './find-webhook.ts';
import { route, type Route } from './route.ts';
import { InvalidRequest } from './validation.ts';
import { WebhookChanges } from './webhook-fields.ts';
import { webhookResource, WebhookResource } from './webhook-resource.ts';

/** Changes what is given of a webhook. */
export function updateWebhook({ webhooks, clock, hasWaiting, checkWebhookUrl }: HttpDeps): Route {
  return route({
    method: 'PUT',
    path: '/instances/:id/webhooks/:webhookId',
    permission: 'update',
    operationId: 'update-webhook',
    summary: 'Change a webhook',
    description:
      'What is left out stays as it is. `main` in place of the id is the one of Update Instance. Counts from the next ' +
      'attempt on; what waits and is no longer wanted is dropped.',
    tag: 'webhooks',
    body: WebhookChanges,
    answer: Answer('data', WebhookResource),
    async handle(call) {
      const { id } = await findWebhook(call, webhooks);
      refuseBadUrl(call.body.url, checkWebhookUrl);
      const webhook = await webhooks.update(id, async (before) => {
        refuseConflicts(before, call.body, webhooks.of(before.instanceId));
        const { ordering } = call.body;
        if (ordering !== undefined && ordering !== before.options.ordering && (await hasWaiting(id))) {
          throw new InvalidRequest({ ordering: [orderingIsInUse] });
        }
        return changesOrRefusal(before, call.body);
      });
      return { data: webhookResource(webhook, clock.now()), links: { self: call.self }, status: 'success' };
    },
  });
}

const orderingIsInUse =
  'While events wait for the webhook its ordering cannot be changed: events of one chat could overtake each other. ' +
  'Wait until they are delivered.';

/** What depends on the instance's other webhooks. */
function refuseConflicts(before: Webhook, asked: RequestedChanges, all: readonly Webhook[]): void {
  if (before.source === 'instance') return;
  const { url, isActive } = asked;
  if (url === null) {
    throw new InvalidRequest({
      url: ['Remove the webhook, or set isActive to false: only "main" can be without URL.'],
    });
  }
  const holder = url === undefined ? undefined : subscriptionWith(url, all);
  if (holder && holder.id !== before.id) {
    throw new InvalidRequest({ url: [`Webhook ${holder.id} of the instance has this URL already.`] });
  }
  if (isActive === true && !before.isActive) needRoom(all, 'isActive');
}
