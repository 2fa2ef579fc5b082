import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

/** `w:mex`: GraphQL inside a stanza; every query finds nothing. */
export function answerGraphQuery(): Stanza[] {
  return [node('result', {}, Buffer.from(JSON.stringify({ data: {} })))];
}
