import type { Stanza } from '../stanza/codec.ts';
import { child, children, node } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `w:sync:app:state`: settings that devices share. Nothing is kept: each collection stays at the client's version. */
export function answerAppState({ iq }: Query): Stanza[] {
  const collections = children(child(iq, 'sync'), 'collection').map(({ attrs, content }) => {
    const isPatch = content !== undefined;
    const version = String(Number(attrs['version'] ?? 0) + (isPatch ? 1 : 0));
    return node('collection', { name: attrs['name'], version });
  });
  return [node('sync', {}, collections)];
}
