import type { Account } from '../account.ts';
import type { Group } from '../group/group.ts';
import type { Stanza } from './codec.ts';
import { node } from './node.ts';

/** `<group>` as queries and `<create>` notifications carry it; what Baileys' `extractGroupMetadata` reads. */
export function describeGroup(group: Group): Stanza {
  const { jid, founder, foundedAt, subjectText, roles } = group;
  const attributes = {
    id: jid.replace('@g.us', ''),
    addressing_mode: group.addressing,
    creator: group.jidOf(founder),
    [`creator_${otherOf(group)}`]: group.otherJidOf(founder),
    creation: foundedAt,
    subject: subjectText.text,
    s_o: group.jidOf(subjectText.by),
    [`s_o_${otherOf(group)}`]: group.otherJidOf(subjectText.by),
    s_t: subjectText.at,
    size: String(roles.size),
  };
  const parts = [
    ...[...roles.keys()].map((account) => describeMember(group, account)),
    describeDescription(group),
    group.isAnnounce ? node('announcement') : undefined,
    group.isLocked ? node('locked') : undefined,
    group.ephemeralSeconds > 0
      ? node('ephemeral', { expiration: String(group.ephemeralSeconds) })
      : undefined,
    group.isApprovalRequired ? describeApprovalMode(group) : undefined,
    describeAddMode(group),
    ...describeCommunity(group),
  ];
  return node(
    'group',
    attributes,
    parts.filter((part) => part !== undefined),
  );
}

/** `<participant>` under both addresses; `type` tells admins from the others, who have none. */
export function describeMember(group: Group, account: Account): Stanza {
  const role = group.roles.get(account);
  const type = role === 'member' ? undefined : role;
  const other = group.addressing === 'lid' ? 'phone_number' : 'lid';
  return node('participant', { jid: group.jidOf(account), [other]: group.otherJidOf(account), type });
}

/** `<description>`; undefined when the group has none. */
export function describeDescription(group: Group): Stanza | undefined {
  const { descriptionText } = group;
  if (!descriptionText) return undefined;
  const { id, text, by, at } = descriptionText;
  const attributes = {
    id,
    t: at,
    participant: group.jidOf(by),
    [`participant_${otherOf(group)}`]: group.otherJidOf(by),
  };
  return node('description', attributes, [node('body', {}, Buffer.from(text))]);
}

/** `<membership_approval_mode>`: whether who comes by the invite link waits for an admin. */
export function describeApprovalMode({ isApprovalRequired }: Group): Stanza {
  const state = isApprovalRequired ? 'on' : 'off';
  return node('membership_approval_mode', {}, [node('group_join', { state })]);
}

/** `<member_add_mode>`: who may add members. */
export function describeAddMode({ isOpenToAdding }: Group): Stanza {
  return node('member_add_mode', {}, Buffer.from(isOpenToAdding ? 'all_member_add' : 'admin_add'));
}

/** What makes a group a community, or a part of one; Baileys' `extractGroupMetadata` reads the same. */
function describeCommunity(group: Group): Stanza[] {
  const { community, announcements } = group;
  if (announcements) return [node('parent', { default_membership_approval_mode: 'request_required' })];
  if (!community) return [];
  const isDefault = community.announcements === group;
  return [node('linked_parent', { jid: community.jid }), ...(isDefault ? [node('default_sub_group')] : [])];
}

/** How attributes with the other address of somebody end. */
export function otherOf({ addressing }: Group): 'pn' | 'lid' {
  return addressing === 'lid' ? 'pn' : 'lid';
}
