import Fastify, { type FastifyInstance } from 'fastify';
import { takeBodies } from './bodies.ts';
import type { HttpDeps } from './deps.ts';
import { answerBrokenRequest, answerError, answerErrors } from './error-response.ts';
import { serveMetrics } from './metrics.ts';
import { documentRoutes } from './openapi.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { serveMedia } from './serve-media.ts';
import { serveRoutes } from './serve-routes.ts';
import { compileSchema } from './validation.ts';

/**
 * The HTTP API: `/api/ping`, the documentation at `/api/docs`, files by signed links below `/media`, and, for who has a token, `/metrics` and the routes below
 * `/api/v1`.
 * It is not listening yet.
 */
export function createHttpServer(deps: HttpDeps): FastifyInstance {
  const { log, config } = deps;
  const app = Fastify({
    bodyLimit: config.bodyLimitBytes,
    http: { headersTimeout: 30_000 },
    // The time that the SDK leaves for a file: 64 MiB as base64 in 30 seconds take a faster line than many have.
    requestTimeout: 120_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: messageIdMax },
    frameworkErrors: (error, request, reply) =>
      void answerError(error, request, reply, config.publicUrl, log),
    clientErrorHandler: answerBrokenRequest,
  });
  endInTime(app, deps);
  addSecurityHeaders(app, config.publicUrl);
  answerErrors(app, config.publicUrl, log);
  takeBodies(app);
  app.setValidatorCompiler(compileSchema);
  // The schemas of answers are documentation; a serialiser made from them would leave out what they do not name.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  documentRoutes(app);
  void app.register(async (api) => servePing(api));
  void app.register(async (api) => serveMetrics(api, deps));
  void app.register(async (api) => serveMedia(api, deps));
  void app.register(async (api) => serveRoutes(api, deps), { prefix: '/api/v1' });
  return app;
}

/** Longer than the id of a message with its chat and author can be. */
const messageIdMax = 250;

/** The one call without a token: is there a gateway? */
function servePing(app: FastifyInstance): void {
  const schema = {
    operationId: 'ping',
    summary: 'Is the gateway there?',
    tags: ['instances'],
    produces: ['text/plain'],
    response: { 200: { type: 'string', const: 'pong', description: 'It is.' } },
  };
  app.get('/api/ping', { schema }, (_request, reply) => reply.type('text/plain; charset=utf-8').send('pong'));
}

/** Who waits for events is answered when the server closes, and no connection is kept for a next request. */
function endInTime(app: FastifyInstance, { eventLog }: HttpDeps): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    eventLog.signals.stop();
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) void reply.header('connection', 'close');
  });
}
