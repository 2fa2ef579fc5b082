import { changeGroup } from '../group/changes.ts';
import { isGroupJid } from '../jid.ts';
import { setPicture } from '../profiles.ts';
import type { Stanza } from '../stanza/codec.ts';
import { bytesOf, child, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** `w:profile:picture`: where the picture of somebody is, or 404; sets and removes the own one, or that of a group. */
export function answerPicture(query: Query): Stanza[] {
  const { iq, network, companion } = query;
  const { target, type } = iq.attrs;
  const picture = child(iq, 'picture');
  if (type !== 'set') return [found(query, picture?.attrs['type'] ?? 'preview')];
  if (!companion) throw new QueryError(401, 'not-authorized');
  const bytes = bytesOf(picture) ?? null;
  const group = network.groups.find(target);
  if (group) changeGroup(network, companion.account, group, { picture: bytes !== null });
  else setPicture(network, companion, bytes);
  const id = group ? group.pictureId : companion.account.picture?.id;
  return id === undefined ? [] : [node('picture', { id })];
}

function found({ iq, network, companion }: Query, type: string): Stanza {
  const { target } = iq.attrs;
  const account = network.directory.withJid(target);
  const isHidden = companion && account?.hasBlocked(companion.account);
  const id = isGroupJid(target) ? network.groups.find(target)?.pictureId : account?.picture?.id;
  if (id === undefined || isHidden) throw new QueryError(404, 'item-not-found');
  return node('picture', {
    id,
    type,
    url: `${network.httpUrl}/pictures/${id}`,
    direct_path: `/pictures/${id}`,
  });
}
