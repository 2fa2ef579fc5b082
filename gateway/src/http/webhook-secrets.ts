import { Type } from 'typebox';
import { overlapMs, rotated, secretBytes, secretText } from '../webhooks/signing-secret.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { findWebhook } from './find-webhook.ts';
import { route, type Route } from './route.ts';

/** What a webhook's requests are signed with: made here, shown once, changed without a gap. */
export function webhookSecretRoutes(deps: HttpDeps): Route[] {
  return [rotateSecret(deps), removeSecret(deps)];
}

const hours = overlapMs / 3_600_000;

function rotateSecret({ webhooks, clock, randomBytes }: HttpDeps): Route {
  return route({
    method: 'POST',
    path: '/instances/:id/webhooks/:webhookId/secret',
    permission: 'update',
    operationId: 'rotate-webhook-secret',
    summary: 'A new signing secret',
    description:
      `Shown this once. The one before signs along for ${hours} hours, so that the receiver can change over. \`main\` ` +
      'gets its first one so.',
    tag: 'webhooks',
    answer: Answer(
      'data',
      Type.Object({
        secret: Type.String({ description: 'What requests are signed with, as in Standard Webhooks.' }),
        oldSecretUntil: Type.Union([Type.String(), Type.Null()], {
          description: 'ISO 8601; null when there was none before.',
        }),
      }),
    ),
    async handle(call) {
      const { id } = await findWebhook(call, webhooks);
      const secret = secretText(randomBytes(secretBytes));
      const { secrets } = await webhooks.update(id, async (before) => ({
        secrets: { signing: rotated(before.secrets.signing, secret, clock.now()) },
      }));
      const until = secrets.signing.at(1)?.until ?? null;
      const oldSecretUntil = until === null ? null : new Date(until).toISOString();
      return { data: { secret, oldSecretUntil }, links: { self: call.self }, status: 'success' };
    },
  });
}

function removeSecret({ webhooks }: HttpDeps): Route {
  return route({
    method: 'DELETE',
    path: '/instances/:id/webhooks/:webhookId/secret',
    permission: 'update',
    operationId: 'remove-webhook-secret',
    summary: 'Sign no longer',
    description: 'From the next attempt on requests have no signature. Old secrets end as well.',
    tag: 'webhooks',
    answer: null,
    async handle(call) {
      const { id } = await findWebhook(call, webhooks);
      await webhooks.update(id, { secrets: { signing: [] } });
    },
  });
}
