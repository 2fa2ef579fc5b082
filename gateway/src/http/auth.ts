import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { Permission, Token } from '../tokens/token.ts';
import type { Tokens } from '../tokens/token-store.ts';
import { userAgent } from '../webhooks/request-headers.ts';

/** From here on every request of `app` needs a token, also one for a path that does not exist. */
export function requireToken(app: FastifyInstance, tokens: Pick<Tokens, 'find'>): void {
  app.decorateRequest('token', null);
  app.addHook('onRequest', async (request) => {
    refuseWebhooks(request);
    const text = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const token = text === undefined ? undefined : await tokens.find(text);
    if (!token) throw new GatewayError('unauthenticated', 'Unauthenticated.');
    request.setDecorator('token', token);
  });
}

/**
 * A webhook that leads to a gateway, perhaps by a way around the guard of addresses, would cause events that cause
 * webhooks. 403 is a response, so it is not sent again.
 */
function refuseWebhooks({ headers }: FastifyRequest): void {
  if (headers['user-agent'] !== userAgent) return;
  throw new GatewayError(
    'forbidden',
    'This is a webhook request, and webhooks must not lead to the API of a gateway: change the URL of the webhook.',
  );
}

/** The token that a request came with. Only below `requireToken`. */
export function tokenOf(request: FastifyRequest): Token {
  return request.getDecorator<Token>('token');
}

/** A hook for a route that needs a permission. */
export function requirePermission(permission: Permission): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (!tokenOf(request).permissions.includes(permission)) {
      throw new GatewayError('forbidden', `This token may not ${permission}.`);
    }
  };
}
