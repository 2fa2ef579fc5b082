import { randomBytes } from 'node:crypto';
import type { Account } from './account.ts';
import type { Group } from './group.ts';
import type { Network } from './network.ts';
import { SimulatorError } from './simulator-error.ts';
import type { Stanza } from './stanza/codec.ts';
import { describeDescription, describeGroup, describeMember } from './stanza/group-info.ts';
import { groupNotification, pictureNotification } from './stanza/group-notification.ts';
import { node } from './stanza/node.ts';

export interface NewGroup {
  readonly subject: string;
  readonly members: readonly Account[];
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
}

/** Founds a group; every device of every member is told, those of the founder too. */
export function createGroup(network: Network, by: Account, { subject, members }: NewGroup): Group {
  const group = network.groups.add({ text: subject, by, at: network.now() });
  for (const member of members) if (!group.has(member)) group.roles.set(member, 'member');
  tell(network, group, by, node('create', { type: 'new' }, [describeGroup(group)]));
  return group;
}

/**
 * Adds members. Who is in the group already is passed over. The newcomers are told of the whole group, the others of the
 * newcomers. Throws `not_a_member`, `not_an_admin`.
 */
export function addMembers(network: Network, by: Account, group: Group, added: readonly Account[]): void {
  checkAdmin(group, by);
  const newcomers = added.filter((account) => !group.has(account));
  if (newcomers.length === 0) return;
  const before = [...group.roles.keys()];
  for (const account of newcomers) group.roles.set(account, 'member');
  tell(network, group, by, memberChange('add', group, newcomers), before);
  tell(network, group, by, node('create', {}, [describeGroup(group)]), newcomers);
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
  if (announce !== undefined || locked !== undefined || group.isLocked) checkAdmin(group, by);
  const at = network.now();
  if (subject !== undefined) {
    group.subjectText = { text: subject, by, at };
    const attributes = { subject, s_o: by.jid('lid'), s_o_pn: by.jid('pn'), s_t: at };
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

function memberChange(tag: string, group: Group, accounts: readonly Account[]): Stanza {
  return node(
    tag,
    {},
    accounts.map((account) => describeMember(group, account)),
  );
}

function tell(
  network: Network,
  group: Group,
  by: Account,
  change: Stanza,
  who: readonly Account[] = [...group.roles.keys()],
): void {
  deliverTo(who, groupNotification(network, group, by, change));
}

function deliverTo(accounts: readonly Account[], stanza: Stanza): void {
  for (const account of accounts) for (const device of account.devices.values()) device.deliver(stanza);
}

function checkMember(group: Group, account: Account): void {
  if (group.has(account)) return;
  throw new SimulatorError('not_a_member', `${account.number} is no member of the group ${group.jid}.`);
}

function checkAdmin(group: Group, account: Account): void {
  checkMember(group, account);
  if (group.isAdmin(account)) return;
  throw new SimulatorError('not_an_admin', `${account.number} is no admin of the group ${group.jid}.`);
}

function checkSubordinate(group: Group, account: Account): void {
  checkMember(group, account);
  if (group.roles.get(account) !== 'superadmin') return;
  throw new SimulatorError('not_an_admin', `${account.number} has founded the group and stays its admin.`);
}
