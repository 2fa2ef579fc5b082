import { Type } from 'typebox';
import { rotated, secretBytes, secretText } from '../webhooks/signing-secret.ts';
import { defaultOptions, noSecrets } from '../webhooks/webhook.ts';
import { changesOrRefusal, refuseBadUrl } from './check-webhook.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { route, type Call, type Route } from './route.ts';
import { InvalidRequest } from './validation.ts';
import { NewWebhook } from './webhook-fields.ts';
import { webhookResource, WebhookResource } from './webhook-resource.ts';

const Created = Type.Intersect([
  WebhookResource,
  Type.Object({
    secret: Type.Optional(
      Type.String({
        description: 'Signs its requests. Shown this once, and only for a new webhook.',
        examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw2LaLaSwMfKQ'],
      }),
    ),
  }),
]);

/** One more webhook for an instance; the contract's call. */
export function createWebhook({ webhooks, clock, randomBytes, checkWebhookUrl }: HttpDeps): Route {
  return route({
    method: 'POST',
    path: '/instances/:id/webhooks',
    permission: 'update',
    operationId: 'create-webhook',
    summary: 'Add a webhook',
    description:
      'Answers with 201 and its signing secret, which is shown this once. When the instance has a webhook with this URL, ' +
      'that one is the answer, unchanged, with 200. At most 25 are active, and 100 in all. X-Hook-Secret comes back in the answer.',
    tag: 'webhooks',
    headers: Type.Object({
      'X-Hook-Secret': Type.Optional(
        Type.String({ description: 'Repeated in the answer; nothing else is done with it.' }),
      ),
    }),
    body: NewWebhook,
    isCreating: true,
    answer: Answer('data', Created),
    async handle(call) {
      const { id } = await call.instance();
      const { source = 'api', ...asked } = call.body;
      echoHookSecret(call);
      refuseBadUrl(asked.url, checkWebhookUrl);
      const settings = changesOrRefusal({ options: defaultOptions, secrets: noSecrets }, asked);
      const secret = secretText(randomBytes(secretBytes));
      const signing = rotated([], secret, clock.now());
      const { webhook, isNew } = await webhooks.subscribe(
        id,
        { ...settings, url: asked.url, secrets: { ...settings.secrets, signing } },
        source,
      );
      if (isNew) call.created();
      const data = { ...webhookResource(webhook, clock.now()), ...(isNew ? { secret } : {}) };
      return { data, links: { self: call.self }, status: 'success' };
    },
  });
}

/** Zapier's handshake: whoever subscribes wants its own value back. It is nothing that requests are signed with. */
function echoHookSecret(call: Call): void {
  const value = call.header('x-hook-secret');
  if (value === undefined) return;
  if (!/^[\x20-\x7e]{1,255}$/.test(value)) {
    throw new InvalidRequest({
      'X-Hook-Secret': ['The X-Hook-Secret header must be 1 to 255 printable ASCII characters.'],
    });
  }
  call.answerHeader('X-Hook-Secret', value);
}
