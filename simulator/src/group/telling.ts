import type { Account } from '../account.ts';
import type { Group } from './group.ts';
import type { Network } from '../network.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { Stanza } from '../stanza/codec.ts';
import { describeMember } from '../stanza/group-info.ts';
import { groupNotification } from '../stanza/group-notification.ts';
import { node } from '../stanza/node.ts';

/** `<add>`, `<remove>`, ... with everybody whom it is about. */
export function memberChange(
  tag: string,
  group: Group,
  accounts: readonly Account[],
  attributes: Record<string, string> = {},
): Stanza {
  return node(
    tag,
    attributes,
    accounts.map((account) => describeMember(group, account)),
  );
}

/** Tells every device of every member, or of those who are given. */
export function tell(
  network: Network,
  group: Group,
  by: Account,
  change: Stanza,
  who: readonly Account[] = [...group.roles.keys()],
): void {
  deliverTo(who, groupNotification(network, group, by, change));
}

/** Hands a stanza to every device of these accounts. */
export function deliverTo(accounts: readonly Account[], stanza: Stanza): void {
  for (const account of accounts) for (const device of account.devices.values()) device.deliver(stanza);
}

/** Throws `not_a_member`. */
export function checkMember(group: Group, account: Account): void {
  if (group.has(account)) return;
  throw new SimulatorError('not_a_member', `${account.number} is no member of the group ${group.jid}.`);
}

/** Throws `not_a_member`, `not_an_admin`. */
export function checkAdmin(group: Group, account: Account): void {
  checkMember(group, account);
  if (group.isAdmin(account)) return;
  throw new SimulatorError('not_an_admin', `${account.number} is no admin of the group ${group.jid}.`);
}

/** Throws `not_a_member`, and `not_an_admin` for who has founded the group. */
export function checkSubordinate(group: Group, account: Account): void {
  checkMember(group, account);
  if (group.roles.get(account) !== 'superadmin') return;
  throw new SimulatorError('not_an_admin', `${account.number} has founded the group and stays its admin.`);
}
