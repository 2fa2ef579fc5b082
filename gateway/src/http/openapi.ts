import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { InvalidFields, Problem } from './envelopes.ts';
import { statusOf } from './error-response.ts';
import type { Route } from './route.ts';

/** Serves the documentation of all routes at `/api/docs`, and its OpenAPI form at `/api/docs/json`; nothing comes from elsewhere. */
export function documentRoutes(app: FastifyInstance): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'eazeWA',
        version: '1',
        description:
          'Connects WhatsApp numbers (instances), sends their messages, and delivers their events to webhooks.',
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'instances', description: 'The WhatsApp numbers that the gateway keeps connected.' },
        { name: 'client', description: 'The connection of an instance to WhatsApp.' },
        { name: 'message', description: 'Messages of an instance.' },
        {
          name: 'webhooks',
          description:
            'Who is told what happens, how they are called, and how they know that it is the gateway.',
        },
        {
          name: 'deliveries',
          description: 'What was sent to the webhooks of an instance, and what came of it.',
        },
        {
          name: 'events',
          description: 'The events of an instance, for receivers that webhooks cannot reach.',
        },
        { name: 'inbox', description: 'What WhatsApp sent and no event tells.' },
      ],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  void app.register(swaggerUi, {
    routePrefix: '/api/docs',
    theme: { title: 'eazeWA API' },
    uiConfig: { docExpansion: 'list', validatorUrl: null },
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  });
}

/** What a route says of itself, in the form that the validation and the documentation read. */
export function schemaOf(route: Route): FastifySchema {
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    tags: [route.tag],
    hide: route.isHidden ?? false,
    security: [{ bearer: [] }],
    ...(route.path.includes(':') ? { params: pathParameters(route.path) } : {}),
    ...(route.body
      ? { body: route.body, consumes: ['application/json', 'application/x-www-form-urlencoded'] }
      : {}),
    ...(route.query ? { querystring: route.query } : {}),
    ...(route.isStream ? { produces: ['text/event-stream'] } : {}),
    ...(route.headers ? { headers: route.headers } : {}),
    response: {
      ...(route.answer
        ? { 200: described('Done.', route.answer) }
        : { 204: Type.Null({ description: 'Done.' }) }),
      ...(route.answer && route.isCreating ? { 201: described('Made.', route.answer) } : {}),
      [statusOf.unauthenticated]: described('There is no valid token.', Problem),
      [statusOf.forbidden]: described(`The token lacks the permission "${route.permission}".`, Problem),
      ...(route.path.includes(':id')
        ? { [statusOf.not_found]: described('There is no such instance.', Problem) }
        : {}),
      ...(route.body
        ? {
            [statusOf.invalid_body]: described('The body cannot be read.', Problem),
            [statusOf.body_too_large]: described('The body is too large.', Problem),
            [statusOf.unsupported_media_type]: described('The body is neither JSON nor a form.', Problem),
          }
        : {}),
      ...(route.body || route.query
        ? { [statusOf.invalid_request]: described('A field is wrong.', InvalidFields) }
        : {}),
      ...(route.isLimited ? { [statusOf.too_many_requests]: described('Too many calls.', Problem) } : {}),
      [statusOf.internal]: described('A fault of the gateway; its log says more.', Problem),
      [statusOf.store_unavailable]: described('The database is not available.', Problem),
    },
  };
}

function pathParameters(path: string): TSchema {
  const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  return Type.Object(Object.fromEntries(names.map((name) => [name, pathParts.get(name) ?? Type.String()])));
}

const pathParts = new Map<string, TSchema>([
  ['id', Type.Integer({ description: 'Id of the instance.' })],
  ['webhookId', Type.String({ description: 'Id of the webhook, or `main` for the one of Update Instance.' })],
  ['deliveryId', Type.Integer({ description: 'Id of the delivery.' })],
  ['messageId', Type.String({ description: 'Id of the message, as in `id._serialized`.' })],
  ['replayId', Type.Integer({ description: 'Id of the replay.' })],
]);

function described(description: string, schema: TSchema): TSchema {
  return { ...schema, description };
}
