import { setBlocked } from '../profiles.ts';
import type { Stanza } from '../stanza/codec.ts';
import { child, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `blocklist`: whom the account has blocked, and changes of that. */
export function answerBlocklist({ iq, network, companion }: Query): Stanza[] {
  if (!companion) return [node('list')];
  if (iq.attrs['type'] === 'set') {
    const { jid, action } = child(iq, 'item')?.attrs ?? {};
    const other = network.directory.withJid(jid);
    if (!other) throw new QueryError(404, 'item-not-found');
    setBlocked(network, companion, other, action === 'block');
  }
  return [
    node(
      'list',
      {},
      [...companion.account.blocked].map((other) => node('item', { jid: other.jid('lid') })),
    ),
  ];
}
