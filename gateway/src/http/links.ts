import type { FastifyRequest } from 'fastify';

/** The full address of what was called, without the query: under the public URL, or as the caller addressed it. */
export function selfOf(request: FastifyRequest, publicUrl: string | null): string {
  const [path = ''] = request.url.split('?');
  return `${publicUrl ?? `${request.protocol}://${request.host}`}${path}`;
}
