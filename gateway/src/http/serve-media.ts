import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../errors.ts';
import type { OpenMedia } from '../media/media.ts';
import type { HttpDeps } from './deps.ts';
import { TooManyRequests } from './error-response.ts';
import { mediaNotServed } from './media-answer.ts';
import { createRateLimit } from './rate-limit.ts';

interface Path {
  readonly instanceId: string;
  readonly messageId: string;
}

/** So often per minute the files of one instance are fetched by links. */
const perMinute = 300;

/**
 * Files by links that are signed: `GET /media/<instance>/<message>?expires=..&signature=..`. Who has the link needs no
 * token; what is not signed, or has expired, is told nothing else.
 */
export function serveMedia(
  app: FastifyInstance,
  { media, mediaLinks, messages, config, log, clock }: HttpDeps,
): void {
  const limit = createRateLimit(perMinute, 60_000, clock);
  app.route({
    method: 'GET',
    url: '/media/:instanceId/:messageId',
    exposeHeadRoute: false,
    schema: { hide: true },
    async handler(request, reply) {
      const { instanceId, messageId } = request.params as Path;
      refuseUnsigned(request, mediaLinks);
      const id = Number(instanceId);
      const waitMs = limit.take(id);
      if (waitMs > 0) throw new TooManyRequests('Too many files are fetched.', Math.ceil(waitMs / 1000));
      const signal = whileThere(reply);
      const message = await messages.find(id, messageId).catch(notFound);
      const options = { maxBytes: config.mediaLimitBytes, signal };
      const file = await media.open(id, message, options).catch(mediaNotServed);
      const stream = Readable.from(file.chunks, { objectMode: false });
      // The answer has begun: all that is left is to break it off, so that nobody takes it for whole. To who speaks
      // HTTP/1.0, as many proxies do, the end of the connection is that of the file: only a reset tells him more.
      stream.on('error', (error) => {
        log.warn({ instanceId: id, err: error }, 'A file that was fetched by a link could not be given.');
        (reply.raw.socket ?? request.socket).resetAndDestroy();
      });
      return answerWith(file, reply).send(stream);
    },
  });
}

/** Ends when the reader has gone, or has the file. */
function whileThere({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort(new Error('The reader has gone.')));
  return gone.signal;
}

function refuseUnsigned(request: FastifyRequest, mediaLinks: HttpDeps['mediaLinks']): void {
  const { instanceId, messageId } = request.params as Path;
  const { expires = '', signature = '' } = request.query as Record<string, unknown>;
  const worth = mediaLinks.check({
    instanceId,
    messageId,
    expires: String(expires),
    signature: String(signature),
  });
  if (worth === 'forged') throw new GatewayError('forbidden', 'This link is not signed by this gateway.');
  if (worth === 'expired') throw new GatewayError('gone', 'This link has expired.');
}

function notFound(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== 'action_failed') throw error;
  throw new GatewayError('not_found', 'There is no such message any more.');
}

/** Whatever the sender says that it is, a browser saves it and shows nothing of it. */
function answerWith({ mimetype, filename }: OpenMedia, reply: FastifyReply): FastifyReply {
  const isType = /^[a-z0-9.+-]+\/[a-z0-9.+-]+(; ?[a-z0-9-]+=[a-z0-9.,"-]+)*$/i.test(mimetype);
  const name = filename === null ? '' : `; filename*=UTF-8''${encoded(filename)}`;
  return reply
    .header('content-disposition', `attachment${name}`)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "sandbox; default-src 'none'")
    .header('cache-control', 'private, no-store')
    .type(isType ? mimetype : 'application/octet-stream');
}

/** RFC 5987. Half characters, which cannot be encoded, are replaced. */
function encoded(filename: string): string {
  return encodeURIComponent(filename.slice(0, 200).toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
