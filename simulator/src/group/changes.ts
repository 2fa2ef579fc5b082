import { randomBytes } from 'node:crypto';
import type { Account } from '../account.ts';
import type { Group } from './group.ts';
import type { Network } from '../network.ts';
import { letIn } from './joins.ts';
import { checkAdmin, checkMember, checkSubordinate, deliverTo, memberChange, tell } from './telling.ts';
import type { Addressing } from '../jid.ts';
import {
  describeAddMode,
  describeApprovalMode,
  describeDescription,
  describeGroup,
} from '../stanza/group-info.ts';
import { pictureNotification } from '../stanza/group-notification.ts';
import { node } from '../stanza/node.ts';

export interface NewGroup {
  readonly subject: string;
  readonly members: readonly Account[];
  /** How its members are named; `lid` unless said otherwise. */
  readonly addressing?: Addressing;
}

/** What of a group shall be different; what is left out stays. */
export interface GroupChange {
  readonly subject?: string;
  /** An empty text removes it. */
  readonly description?: string;
  /** Whether only admins may write. */
  readonly announce?: boolean;
  /** Whether only admins may change subject, description and picture. */
  readonly locked?: boolean;
  /** `true` is a new picture, `false` removes it. */
  readonly picture?: boolean;
  /** Messages vanish after so many seconds; 0 switches that off. */
  readonly ephemeralSeconds?: number;
  /** Whether who comes by the invite link waits for an admin's approval. */
  readonly approval?: boolean;
  /** Whether every member may add others. */
  readonly openToAdding?: boolean;
}

/** Founds a group; every device of every member is told, those of the founder too. */
export function createGroup(
  network: Network,
  by: Account,
  { subject, members, addressing }: NewGroup,
): Group {
  const group = network.groups.add({ text: subject, by, at: network.now() }, addressing);
  for (const member of members) if (!group.has(member)) group.roles.set(member, 'member');
  tell(network, group, by, node('create', { type: 'new' }, [describeGroup(group)]));
  return group;
}

/**
 * Adds members. Who is in the group already is passed over. The newcomers are told of the whole group, the others of the
 * newcomers. Throws `not_a_member`, `not_an_admin`.
 */
export function addMembers(network: Network, by: Account, group: Group, added: readonly Account[]): void {
  if (group.isOpenToAdding) checkMember(group, by);
  else checkAdmin(group, by);
  const newcomers = added.filter((account) => !group.has(account));
  if (newcomers.length > 0) letIn(network, by, group, newcomers);
}

/** Removes members; they are told as well. Throws `not_a_member` also for whom is none, `not_an_admin`. */
export function removeMembers(
  network: Network,
  by: Account,
  group: Group,
  removed: readonly Account[],
): void {
  checkAdmin(group, by);
  for (const account of removed) checkSubordinate(group, account);
  dropMembers(network, by, group, removed);
}

/** Takes the member out at its own wish: to the others it has removed itself. Throws `not_a_member`. */
export function leaveGroup(network: Network, by: Account, group: Group): void {
  checkMember(group, by);
  dropMembers(network, by, group, [by]);
}

/** Makes members admins, or admins members. Throws `not_a_member`, `not_an_admin`. */
export function setAdmins(
  network: Network,
  by: Account,
  group: Group,
  accounts: readonly Account[],
  isAdmin: boolean,
): void {
  checkAdmin(group, by);
  for (const account of accounts) checkSubordinate(group, account);
  const changed = accounts.filter((account) => group.isAdmin(account) !== isAdmin);
  if (changed.length === 0) return;
  for (const account of changed) group.roles.set(account, isAdmin ? 'admin' : 'member');
  tell(network, group, by, memberChange(isAdmin ? 'promote' : 'demote', group, changed));
}

/** Changes what is given, with one notification for each. Throws `not_a_member`, `not_an_admin`. */
export function changeGroup(network: Network, by: Account, group: Group, change: GroupChange): void {
  checkMember(group, by);
  const { subject, description, announce, locked, picture } = change;
  const { ephemeralSeconds, approval, openToAdding } = change;
  const isForAdmins = [announce, locked, approval, openToAdding].some((value) => value !== undefined);
  if (isForAdmins || group.isLocked) checkAdmin(group, by);
  const at = network.now();
  if (subject !== undefined) {
    group.subjectText = { text: subject, by, at };
    const attributes = { subject, s_o: group.jidOf(by), s_t: at };
    tell(network, group, by, node('subject', attributes));
  }
  if (description !== undefined) {
    const id = randomBytes(8).toString('hex').toUpperCase();
    group.descriptionText = description === '' ? undefined : { id, text: description, by, at };
    const removed = node('description', { id }, [node('delete')]);
    tell(network, group, by, describeDescription(group) ?? removed);
  }
  if (announce !== undefined) {
    group.isAnnounce = announce;
    tell(network, group, by, node(announce ? 'announcement' : 'not_announcement'));
  }
  if (locked !== undefined) {
    group.isLocked = locked;
    tell(network, group, by, node(locked ? 'locked' : 'unlocked'));
  }
  if (ephemeralSeconds !== undefined) {
    group.ephemeralSeconds = ephemeralSeconds;
    const expiration = String(ephemeralSeconds);
    tell(
      network,
      group,
      by,
      ephemeralSeconds > 0 ? node('ephemeral', { expiration }) : node('not_ephemeral'),
    );
  }
  if (approval !== undefined) {
    group.isApprovalRequired = approval;
    tell(network, group, by, describeApprovalMode(group));
  }
  if (openToAdding !== undefined) {
    group.isOpenToAdding = openToAdding;
    tell(network, group, by, describeAddMode(group));
  }
  if (picture !== undefined) {
    group.pictureId = picture ? String(Date.now()) : undefined;
    deliverTo([...group.roles.keys()], pictureNotification(network, group, by));
  }
}

function dropMembers(network: Network, by: Account, group: Group, dropped: readonly Account[]): void {
  const before = [...group.roles.keys()];
  const change = memberChange('remove', group, dropped);
  for (const account of dropped) group.roles.delete(account);
  tell(network, group, by, change, before);
}
