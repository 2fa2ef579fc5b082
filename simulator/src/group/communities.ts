import type { Account } from '../account.ts';
import type { Network } from '../network.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { describeGroup } from '../stanza/group-info.ts';
import { node } from '../stanza/node.ts';
import type { Group } from './group.ts';
import { letIn } from './joins.ts';
import { checkAdmin, tell } from './telling.ts';

/** Founds a community: the group that stands for it, which it gives, and that of its announcements. Its admin alone is in both. */
export function createCommunity(network: Network, by: Account, subject: string): Group {
  const text = { text: subject, by, at: network.now() };
  const [community, announcements] = [network.groups.add(text), network.groups.add(text)];
  community.announcements = announcements;
  announcements.community = community;
  announcements.isAnnounce = true;
  for (const group of [community, announcements])
    tell(network, group, by, node('create', { type: 'new' }, [describeGroup(group)]));
  return community;
}

/**
 * Makes a group a part of a community; both are told. Its members come into the community and its announcements. Throws
 * `not_a_member`, `not_an_admin` for who is no admin of both, `invalid_request` for what is no community, or linked already.
 */
export function linkGroup(network: Network, by: Account, community: Group, group: Group): void {
  const announcements = announcementsOf(community);
  checkAdmin(community, by);
  checkAdmin(group, by);
  if (group.community ?? group.announcements)
    throw new SimulatorError('invalid_request', `The group ${group.jid} is of a community already.`);
  group.community = community;
  tell(network, community, by, node('link', { link_type: 'sub_group' }, [nameOf(group)]));
  tell(network, group, by, node('link', { link_type: 'parent_group' }, [nameOf(community)]));
  for (const whole of [community, announcements]) {
    const newcomers = group.accounts.filter((account) => !whole.has(account));
    if (newcomers.length > 0) letIn(network, by, whole, newcomers);
  }
}

/** Ends that; who came with the group stays in the community. Throws as `linkGroup`, for who is no admin of the community. */
export function unlinkGroup(network: Network, by: Account, community: Group, group: Group): void {
  const announcements = announcementsOf(community);
  checkAdmin(community, by);
  if (group.community !== community || group === announcements)
    throw new SimulatorError('invalid_request', `The group ${group.jid} is not linked to ${community.jid}.`);
  group.community = undefined;
  tell(network, community, by, node('unlink', { unlink_type: 'sub_group' }, [nameOf(group)]));
  tell(network, group, by, node('unlink', { unlink_type: 'parent_group' }, [nameOf(community)]));
}

/** The groups of a community, that of its announcements first. */
export function groupsOf(network: Network, community: Group): Group[] {
  return network.groups.all().filter((group) => group.community === community);
}

function announcementsOf({ jid, announcements }: Group): Group {
  if (announcements) return announcements;
  throw new SimulatorError('invalid_request', `The group ${jid} is no community.`);
}

/** As WhatsApp Web reads the other end of a link. */
function nameOf({ jid, subjectText: { text, at } }: Group): Stanza {
  return node('group', { jid, subject: text, s_t: at });
}
