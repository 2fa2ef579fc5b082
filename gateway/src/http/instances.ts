import { Type, type Static } from 'typebox';
import { GatewayError } from '../errors.ts';
import type { Instance } from '../instances/instance.ts';
import { reaches } from '../tokens/token.ts';
import { refuseBadUrl } from './check-webhook.ts';
import type { HttpDeps } from './deps.ts';
import {
  Answer,
  clientStatus,
  ClientStatus,
  EventNames,
  instanceResource,
  InstanceResource,
} from './envelopes.ts';
import { route, type Route } from './route.ts';

/** Making, finding, changing and removing instances. "Update Instance" sets the webhook and its events. */
export function instanceRoutes(deps: HttpDeps): Route[] {
  return [
    listInstances(deps),
    createInstance(deps),
    getInstance(deps),
    updateInstance(deps),
    deleteInstance(deps),
  ];
}

const WebhookFields = Type.Object(
  {
    url: Type.Optional(
      Type.Union([Type.String({ maxLength: 2048 }), Type.Null()], {
        description: 'Where events are posted to (http or https). null: nowhere.',
        examples: ['https://example.com/webhooks/whatsapp/ETBu4KVOMXT2KCL1t9SGRIJ7Ra8zEPFM60QINdAp3GjD5Bw'],
      }),
    ),
    events: Type.Optional(
      Type.Unsafe<Static<typeof EventNames>>({
        ...EventNames,
        description: 'Names of the events to subscribe to. []: none.',
        examples: [['message']],
      }),
    ),
  },
  { description: 'What is left out stays as it is.' },
);

const InstanceFields = Type.Object({
  name: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[^\\u0000-\\u001f\\u007f]*$',
      description: 'A text without control characters.',
      examples: ['My first instance'],
    }),
  ),
  webhook: Type.Optional(WebhookFields),
});

const OneInstance = Type.Object({ instance: InstanceResource, status: Type.Literal('success') });

function listInstances({ instances, webhooks }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances',
    permission: 'read',
    operationId: 'list-instances',
    summary: 'List instances',
    tag: 'instances',
    query: Type.Object({
      filter: Type.Optional(Type.String({ maxLength: 255, description: 'An id, or a part of a name.' })),
    }),
    answer: Type.Object({ instances: Type.Array(InstanceResource), status: Type.Literal('success') }),
    async handle({ token, query }) {
      const found = (await instances.list(query.filter)).filter(({ id }) => reaches(token, id));
      return {
        instances: found.map((instance) => instanceResource(instance, webhooks.of(instance.id)[0])),
        status: 'success',
      };
    },
  });
}

function createInstance({ instances, webhooks, checkWebhookUrl }: HttpDeps): Route {
  return route({
    method: 'POST',
    path: '/instances',
    permission: 'create',
    operationId: 'create-instance',
    summary: 'Create instance',
    description: 'Makes an instance and starts it: a few seconds later it has a QR code to scan.',
    tag: 'instances',
    body: InstanceFields,
    answer: OneInstance,
    async handle({ token, body }) {
      if (token.instanceIds !== null) {
        throw new GatewayError('forbidden', 'This token is for certain instances and cannot make new ones.');
      }
      refuseBadUrl(body.webhook?.url, checkWebhookUrl, 'webhook.url');
      const name = body.name === undefined ? {} : { name: body.name };
      const instance = await instances.create(name, ({ id }) => webhooks.setMain(id, body.webhook ?? {}));
      return { instance: instanceResource(instance, webhooks.main(instance.id)), status: 'success' };
    },
  });
}

function getInstance({ webhooks }: HttpDeps): Route {
  return route({
    method: 'GET',
    path: '/instances/:id',
    permission: 'read',
    operationId: 'retrieve-instance',
    summary: 'Retrieve instance',
    tag: 'instances',
    answer: OneInstance,
    async handle(call) {
      const instance = await call.instance();
      return { instance: instanceResource(instance, webhooks.of(instance.id)[0]), status: 'success' };
    },
  });
}

function updateInstance({ instances, webhooks, checkWebhookUrl }: HttpDeps): Route {
  return route({
    method: 'PUT',
    path: '/instances/:id',
    permission: 'update',
    operationId: 'update-instance',
    summary: 'Update instance',
    description:
      'Sets the name, the webhook URL and the subscribed events, in whatever state the instance is. What is left out ' +
      'stays as it is; `null` resets the URL, `[]` the events.',
    tag: 'instances',
    body: InstanceFields,
    answer: Answer('data', ClientStatus),
    async handle(call) {
      const { body } = call;
      let instance: Instance = await call.instance();
      refuseBadUrl(body.webhook?.url, checkWebhookUrl, 'webhook.url');
      if (body.name !== undefined) instance = await instances.rename(instance.id, body.name);
      const webhook = body.webhook
        ? await webhooks.setMain(instance.id, body.webhook)
        : webhooks.of(instance.id)[0];
      return { data: clientStatus(instance, webhook), links: { self: call.self }, status: 'success' };
    },
  });
}

function deleteInstance({ instances }: HttpDeps): Route {
  return route({
    method: 'DELETE',
    path: '/instances/:id',
    permission: 'delete',
    operationId: 'delete-instance',
    summary: 'Delete instance',
    description:
      'Closes the connection and removes everything that belongs to the instance. What still waits for its webhook is dropped.',
    tag: 'instances',
    answer: null,
    async handle(call) {
      const { id } = await call.instance();
      await instances.remove(id);
    },
  });
}
