import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { Instance } from '../instances/instance.ts';
import { reaches, type Token } from '../tokens/token.ts';
import { requirePermission, requireToken, tokenOf } from './auth.ts';
import type { HttpDeps } from './deps.ts';
import { answerNothingHere, answerWrongMethod } from './error-response.ts';
import { fileBodyLimit, holdFileBodies } from './file-bodies.ts';
import { selfOf } from './links.ts';
import { schemaOf } from './openapi.ts';
import type { Call, Route } from './route.ts';
import { allRoutes } from './routes.ts';

/** Serves all routes to callers with a token; any other address or method is refused, after the token was looked at. */
export function serveRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const routes = allRoutes(deps);
  requireToken(app, deps.tokens);
  logRequests(app, deps);
  for (const route of routes) serveRoute(app, route, deps);
  for (const path of new Set(routes.map((route) => route.path))) refuseOtherMethods(app, path, routes);
  app.setNotFoundHandler((_request, reply) => answerNothingHere(reply));
}

function serveRoute(app: FastifyInstance, route: Route, deps: HttpDeps): void {
  const permitted = requirePermission(route.permission);
  app.route({
    method: route.method,
    url: route.path,
    schema: schemaOf(route),
    ...(route.takesFile === true ? { bodyLimit: fileBodyLimit(deps.config), config: fileBodyConfig } : {}),
    onRequest: route.takesFile === true ? [permitted, holdFileBodies(deps.config)] : permitted,
    async handler(request, reply) {
      const body = await route.handle(callOf(request, reply, deps));
      if (body === undefined) return reply.code(204).send();
      if (route.isStream) return reply.headers(streamHeaders).send(body);
      return reply.type('application/json; charset=utf-8').send(body);
    },
  });
}

/** What the answer to a body that is too large says more. */
const fileBodyConfig = {
  bodyTooLarge: 'The body is too large: give a larger file as mediaUrl, or raise EAZEWA_MEDIA_LIMIT_BYTES.',
};

/** No proxy may hold it back, and the connection is of no use to anybody else. */
const streamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
  connection: 'close',
};

function callOf(request: FastifyRequest, reply: FastifyReply, { instances, config }: HttpDeps): Call {
  const token = tokenOf(request);
  return {
    token,
    body: request.body,
    query: request.query,
    self: selfOf(request, config.publicUrl),
    parameter: (name) => parameterOf(request, name),
    header: (name) => request.headers[name]?.toString(),
    whenGone: (callback) => void (reply.raw.destroyed ? callback() : reply.raw.once('close', callback)),
    answerHeader: (name, value) => void reply.header(name, value),
    created: () => void reply.code(201),
    instance: () => findInstance(parameterOf(request, 'id'), token, instances),
  };
}

function parameterOf({ params }: FastifyRequest, name: string): string {
  return typeof params === 'object' && params !== null ? String(Reflect.get(params, name)) : '';
}

async function findInstance(text: string, token: Token, instances: HttpDeps['instances']): Promise<Instance> {
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  if (id === null || !reaches(token, id)) {
    throw new GatewayError('not_found', `There is no instance ${text}.`);
  }
  return instances.get(id);
}

/** Who uses a method that the path does not have is told which ones it has. */
function refuseOtherMethods(app: FastifyInstance, path: string, routes: readonly Route[]): void {
  const served = routes
    .filter((route) => route.path === path)
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allowed = [...served, 'OPTIONS'].join(', ');
  const refused = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !served.includes(method));
  const schema = { hide: true };
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => answerWrongMethod(reply, allowed);
  app.route({ method: refused, url: path, schema, handler: refuse });
  app.options(path, { schema }, async (_request, reply) => reply.code(204).header('allow', allowed).send());
}

/** One line per request, with the route instead of the address. */
function logRequests(app: FastifyInstance, { log }: HttpDeps): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms }, 'request');
  });
}
