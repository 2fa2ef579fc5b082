import type { Stanza } from '../stanza/codec.ts';
import { startDelivery } from '../stanza/dispatch.ts';
import { child } from '../stanza/node.ts';
import type { Query } from './query.ts';

/** `passive`: with `<active/>` a client that has logged in says that it wants its messages now. */
export function answerPassive({ iq, network, connection, companion, afterwards }: Query): Stanza[] {
  if (companion && child(iq, 'active')) afterwards(() => startDelivery(network, connection, companion));
  return [];
}
