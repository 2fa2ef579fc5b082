import type { FastifyInstance } from 'fastify';
import { GatewayError } from '../errors.ts';
import { metricsType } from '../metrics.ts';
import { requirePermission, requireToken, tokenOf } from './auth.ts';
import type { HttpDeps } from './deps.ts';

/** `GET /metrics`, where Prometheus looks for it: for a token that may read, of all instances. */
export function serveMetrics(app: FastifyInstance, { tokens, metrics }: HttpDeps): void {
  requireToken(app, tokens);
  // Not part of the API's documentation: it is for machines that look here by themselves.
  const schema = { hide: true };
  app.get('/metrics', { schema, onRequest: requirePermission('read') }, async (request, reply) => {
    if (tokenOf(request).instanceIds !== null) {
      throw new GatewayError('forbidden', 'This token reaches some instances only; the metrics are of all.');
    }
    return reply.type(metricsType).send(await metrics.text());
  });
}
