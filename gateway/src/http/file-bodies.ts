import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpDeps } from './deps.ts';
import { TooManyRequests } from './error-response.ts';

/** So many of the largest bodies are held at once: each takes its size several times over until it is uploaded. */
const largestAtOnce = 2;
const retryAfterS = 5;

/** Bytes of a body that has a file as base64, and the rest. */
export function fileBodyLimit({ bodyLimitBytes, mediaLimitBytes }: HttpDeps['config']): number {
  return bodyLimitBytes + Math.ceil((mediaLimitBytes * 4) / 3);
}

/**
 * A hook for routes that take files: it counts a body that is larger than those of other routes, by what its head says,
 * until the call is answered. Smaller ones pass, and so does what is too large, to be refused for that.
 *
 * @throws TooManyRequests when there is no room.
 */
export function holdFileBodies(config: HttpDeps['config']) {
  const limit = fileBodyLimit(config);
  let held = 0;
  return async (request: FastifyRequest, { raw }: FastifyReply): Promise<void> => {
    const bytes = Number(request.headers['content-length'] ?? limit);
    if (bytes <= config.bodyLimitBytes || bytes > limit) return;
    if (held + bytes > largestAtOnce * limit) {
      const message = 'Too many large files are being sent. Try again, or give them as mediaUrl.';
      throw new TooManyRequests(message, retryAfterS);
    }
    held += bytes;
    raw.once('close', () => (held -= bytes));
  };
}
