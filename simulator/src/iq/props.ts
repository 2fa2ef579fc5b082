import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

/** `abt`: server-side switches; none is set. */
export function answerProps(): Stanza[] {
  return [node('props', { protocol: '1', hash: 'simulated', refresh: '86400' })];
}
