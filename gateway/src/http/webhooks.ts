import { Type } from 'typebox';
import { GatewayError } from '../errors.ts';
import { subscriptionsAmong } from '../webhooks/subscriptions.ts';
import { createWebhook } from './create-webhook.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { findWebhook } from './find-webhook.ts';
import { route, type Route } from './route.ts';
import { updateWebhook } from './update-webhook.ts';
import { WebhookBacklog } from './webhook-backlog.ts';
import { webhookResource, WebhookResource } from './webhook-resource.ts';

/** The webhooks of an instance: those that were subscribed, and `main`, the one of Update Instance. */
export function webhookRoutes(deps: HttpDeps): Route[] {
  return [
    listWebhooks(deps),
    createWebhook(deps),
    getWebhook(deps),
    updateWebhook(deps),
    deleteWebhook(deps),
  ];
}

function listWebhooks({ webhooks, clock }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/webhooks',
    permission: 'read',
    operationId: 'list-webhooks',
    summary: 'Webhooks of an instance',
    description: 'Those that were subscribed, oldest first; without the one of Update Instance.',
    tag: 'webhooks',
    answer: Answer('data', Type.Array(WebhookResource)),
    async handle(call) {
      const { id } = await call.instance();
      const data = subscriptionsAmong(webhooks.of(id)).map((webhook) =>
        webhookResource(webhook, clock.now()),
      );
      return { data, links: { self: call.self }, status: 'success' };
    },
  });
}

function getWebhook({ webhooks, clock, backlogOf }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances/:id/webhooks/:webhookId',
    permission: 'read',
    operationId: 'retrieve-webhook',
    summary: 'Retrieve a webhook',
    description:
      '`main` in place of the id is the one of Update Instance. Values of headers and keys are not shown. `backlog` is what waits for it.',
    tag: 'webhooks',
    answer: Type.Object({
      data: WebhookResource,
      backlog: WebhookBacklog,
      links: Type.Object({ self: Type.String() }),
      status: Type.Literal('success'),
    }),
    async handle(call) {
      const webhook = await findWebhook(call, webhooks);
      const data = webhookResource(webhook, clock.now());
      return { data, backlog: backlogOf(webhook.id), links: { self: call.self }, status: 'success' };
    },
  });
}

function deleteWebhook({ webhooks }: HttpDeps): Route {
  return route({
    method: 'DELETE',
    path: '/instances/:id/webhooks/:webhookId',
    permission: 'update',
    operationId: 'delete-webhook',
    summary: 'Remove a webhook',
    description:
      'What still waits for it is dropped. The one of Update Instance stays; reset its URL instead.',
    tag: 'webhooks',
    answer: null,
    async handle(call) {
      const { id, source } = await findWebhook(call, webhooks);
      if (source === 'instance') {
        throw new GatewayError(
          'invalid_request',
          'Every instance keeps the webhook of Update Instance: set its url to null instead.',
        );
      }
      await webhooks.remove(id);
    },
  });
}
