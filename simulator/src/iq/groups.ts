import type { Stanza } from '../stanza/codec.ts';
import { child, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `w:g2`: there are no groups yet, so lists are empty and a single one is not found. */
export function answerGroups({ iq }: Query): Stanza[] {
  if (child(iq, 'participating')) return [node('groups')];
  throw new QueryError(404, 'item-not-found');
}
