import type { Account } from '../account.ts';
import { newInviteCode, type Group, type RequestMethod } from './group.ts';
import { checkAdmin, checkMember, memberChange, tell } from './telling.ts';
import type { Network } from '../network.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { describeGroup } from '../stanza/group-info.ts';
import { node } from '../stanza/node.ts';

/** The last part of the group's invite link. Throws `not_a_member`, `not_an_admin`. */
export function inviteCodeOf(group: Group, by: Account): string {
  checkAdmin(group, by);
  return group.inviteCode;
}

/** Makes the invite link so far useless; gives the new code. Throws `not_a_member`, `not_an_admin`. */
export function revokeInvite(network: Network, by: Account, group: Group): string {
  checkAdmin(group, by);
  group.inviteCode = newInviteCode();
  tell(network, group, by, node('invite', { code: group.inviteCode }));
  return group.inviteCode;
}

/**
 * Comes by the invite link: as a member at once, or as somebody who waits for approval. Who is a member already stays so.
 * Throws `unknown_group` for a code that is not valid any more.
 */
export function joinByInvite(network: Network, who: Account, code: string): Group {
  const group = network.groups.withInviteCode(code);
  if (group.isApprovalRequired) askToJoin(network, who, group, 'invite_link', who);
  else join(network, who, group, 'invite');
  return group;
}

/** Comes out of the community that the group belongs to. */
export function joinLinkedGroup(network: Network, who: Account, group: Group): void {
  if (group.isApprovalRequired) askToJoin(network, who, group, 'linked_group_join', who);
  else join(network, who, group, 'linked_group_join');
}

/** A member who may not add others asks that somebody be added. Throws `not_a_member`. */
export function askToAdd(network: Network, by: Account, group: Group, who: Account): void {
  checkMember(group, by);
  askToJoin(network, who, group, 'non_admin_add', by);
}

/** Lets somebody in who has asked. Throws `not_a_member`, also for who has not asked, `not_an_admin`. */
export function approveRequests(
  network: Network,
  by: Account,
  group: Group,
  accounts: readonly Account[],
): void {
  takeRequests(group, by, accounts);
  letIn(network, by, group, accounts);
}

/** Refuses who has asked; admins are told. Throws `not_a_member`, also for who has not asked, `not_an_admin`. */
export function rejectRequests(
  network: Network,
  by: Account,
  group: Group,
  accounts: readonly Account[],
): void {
  takeRequests(group, by, accounts);
  tellRevoked(network, by, group, accounts);
}

/** Takes the own request back; admins are told. Throws `not_a_member` when there is none. */
export function withdrawRequest(network: Network, who: Account, group: Group): void {
  checkRequested(group, who);
  group.requests.delete(who);
  tellRevoked(network, who, group, [who]);
}

/** Tells every group of this account that it has another number now; its LID stays. */
export function tellNumberChange(network: Network, who: Account): void {
  for (const group of network.groups.of(who)) tell(network, group, who, memberChange('modify', group, [who]));
}

/** Makes them members: they are told of the whole group, the others of the newcomers. */
export function letIn(
  network: Network,
  by: Account,
  group: Group,
  newcomers: readonly Account[],
  attributes: Record<string, string> = {},
): void {
  const before = [...group.roles.keys()];
  for (const account of newcomers) group.roles.set(account, 'member');
  tell(network, group, by, memberChange('add', group, newcomers, attributes), before);
  tell(network, group, by, node('create', attributes, [describeGroup(group)]), newcomers);
}

function join(network: Network, who: Account, group: Group, reason: 'invite' | 'linked_group_join'): void {
  if (!group.has(who)) letIn(network, who, group, [who], { reason });
}

function askToJoin(network: Network, who: Account, group: Group, method: RequestMethod, by: Account): void {
  if (group.has(who) || group.requests.has(who)) return;
  group.requests.set(who, method);
  const created = node('created_membership_requests', { request_method: method }, [
    requestedUser(group, who),
  ]);
  tell(network, group, by, created, adminsOf(group));
}

function requestedUser(group: Group, who: Account): Stanza {
  const other = group.addressing === 'lid' ? 'phone_number' : 'lid';
  return node('requested_user', { jid: group.jidOf(who), [other]: group.otherJidOf(who) });
}

function takeRequests(group: Group, by: Account, accounts: readonly Account[]): void {
  checkAdmin(group, by);
  for (const account of accounts) checkRequested(group, account);
  for (const account of accounts) group.requests.delete(account);
}

function checkRequested(group: Group, account: Account): void {
  if (group.requests.has(account)) return;
  throw new SimulatorError('not_a_member', `${account.number} has not asked to join the group ${group.jid}.`);
}

function tellRevoked(network: Network, by: Account, group: Group, accounts: readonly Account[]): void {
  tell(network, group, by, memberChange('revoked_membership_requests', group, accounts), adminsOf(group));
}

function adminsOf(group: Group): Account[] {
  return [...group.roles.keys()].filter((account) => group.isAdmin(account));
}
