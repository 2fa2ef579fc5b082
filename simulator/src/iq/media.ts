import { authSeconds } from '../media/media-store.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `w:m`: where to upload media, and what an upload must bring along. */
export function answerMediaConnection({ network: { media } }: Query): Stanza[] {
  const seconds = String(authSeconds);
  const attributes = { auth: media.issueAuth(), ttl: seconds, auth_ttl: seconds, max_buckets: '12' };
  const host = node('host', { hostname: media.host, type: 'primary' });
  return [node('media_conn', attributes, [host])];
}
