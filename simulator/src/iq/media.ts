import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

/** `w:m`: where to upload media; no host yet. */
export function answerMediaConnection(): Stanza[] {
  return [node('media_conn', { auth: 'simulated', ttl: '3600', auth_ttl: '3600', max_buckets: '12' })];
}
