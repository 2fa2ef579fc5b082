import { setAbout } from '../profiles.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, textOf } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `status`: sets the text below the own name. */
export function answerAbout({ iq, network, companion }: Query): Stanza[] {
  if (companion && iq.attrs['type'] === 'set')
    setAbout(network, companion, textOf(child(iq, 'status')) ?? '');
  return [];
}
