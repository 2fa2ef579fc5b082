import type { Account } from '../account.ts';
import type { Group } from '../group/group.ts';
import type { Network } from '../network.ts';
import type { Stanza } from './codec.ts';
import { otherOf } from './group-info.ts';
import { node } from './node.ts';

/** `<notification type="w:gp2">`: who has changed what in a group. */
export function groupNotification(network: Network, group: Group, by: Account, change: Stanza): Stanza {
  const attributes = {
    from: group.jid,
    type: 'w:gp2',
    id: network.stanzaId(),
    participant: group.jidOf(by),
    [`participant_${otherOf(group)}`]: group.otherJidOf(by),
    addressing_mode: group.addressing,
    t: network.now(),
    notify: by.name,
  };
  return node('notification', attributes, [change]);
}

/** `<notification type="picture">` with `<set>` or `<delete>`: a group's picture is no change of the kind `w:gp2`. */
export function pictureNotification(network: Network, group: Group, by: Account): Stanza {
  const { jid, pictureId } = group;
  const attributes = { jid, id: pictureId, author: group.jidOf(by) };
  const change = node(pictureId === undefined ? 'delete' : 'set', attributes);
  const id = network.stanzaId();
  return node('notification', { from: jid, type: 'picture', id, t: network.now() }, [change]);
}
