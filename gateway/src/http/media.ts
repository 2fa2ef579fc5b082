import { Type } from 'typebox';
import { GatewayError } from '../errors.ts';
import { mediaFileOf } from '../media/media-file.ts';
import type { HttpDeps } from './deps.ts';
import { Answer } from './envelopes.ts';
import { route, type Route } from './route.ts';

const MediaLink = Type.Object({
  url: Type.String({ description: 'GET it without a token.' }),
  expiresAt: Type.Integer({ description: 'Seconds since 1970.' }),
});

/** Links to files, for programs that should not have a token. */
export function mediaRoutes(deps: HttpDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/instances/:id/messages/:messageId/media-link',
      permission: 'read',
      operationId: 'get-media-link',
      summary: 'A link to the file of a message, which works for some days without a token',
      description: 'How long it works is a setting: `EAZEWA_MEDIA_LINK_HOURS`, by default seven days.',
      tag: 'message',
      answer: Answer('mediaLink', MediaLink),
      async handle(call) {
        const { id } = await call.instance();
        const message = await deps.messages.find(id, call.parameter('messageId')).catch(notFound);
        if (mediaFileOf(message) === null)
          throw new GatewayError('not_found', 'This message has no file that can be fetched.');
        const base = call.self.slice(0, call.self.indexOf('/api/v1/'));
        const mediaLink = deps.mediaLinks.make(base, id, message.id._serialized);
        return { mediaLink, links: { self: call.self }, status: 'success' };
      },
    }),
  ];
}

/** What an action tells as its failure is a wrong address here. */
function notFound(error: unknown): never {
  if (!(error instanceof GatewayError) || error.code !== 'action_failed') throw error;
  throw new GatewayError('not_found', error.details.explanation ?? error.message);
}
