import type { FastifyInstance } from 'fastify';

/** Nothing that the API answers may be run, framed, guessed at, leaked as a referrer or kept by a cache. */
export function addSecurityHeaders(app: FastifyInstance, publicUrl: string | null): void {
  const headers: Record<string, string> = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
  if (publicUrl?.startsWith('https:')) headers['strict-transport-security'] = 'max-age=31536000';
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers(headers);
  });
}
