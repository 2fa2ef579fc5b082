import type { Account, Device } from '../account.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import {
  approveRequests,
  askToAdd,
  inviteCodeOf,
  joinByInvite,
  joinLinkedGroup,
  rejectRequests,
  revokeInvite,
  withdrawRequest,
} from '../group/joins.ts';
import type { Group } from '../group/group.ts';
import type { Network } from '../network.ts';

interface JoinsDependencies {
  readonly phone: Device;
  readonly network: Network;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/**
 * How a handset gets into groups and lets others in: invite links, requests, communities. Each group is given as itself or
 * by its jid. Everything throws `unknown_group`, `phone_offline`.
 */
export class PhoneJoins {
  readonly #account: Account;
  readonly #network: Network;
  readonly #checkOnline: () => void;

  constructor({ phone, network, checkOnline }: JoinsDependencies) {
    this.#account = phone.account;
    this.#network = network;
    this.#checkOnline = checkOnline;
  }

  /** The last part of the invite link. Throws `not_a_member`, `not_an_admin`. */
  inviteCode(group: Group | string): string {
    return inviteCodeOf(this.#get(group), this.#account);
  }

  /** Makes the invite link so far useless; gives the new code. Throws `not_a_member`, `not_an_admin`. */
  revokeInvite(group: Group | string): string {
    return revokeInvite(this.#network, this.#account, this.#get(group));
  }

  /** Comes by the invite link; where approval is required it waits for that. */
  byInvite(code: string): Group {
    this.#checkOnline();
    return joinByInvite(this.#network, this.#account, code);
  }

  /** Comes out of the community that the group belongs to. */
  byCommunity(group: Group | string): void {
    joinLinkedGroup(this.#network, this.#account, this.#get(group));
  }

  /** Asks the admins to add somebody. Throws `not_a_member`, `unknown_phone`. */
  askToAdd(group: Group | string, who: Who): void {
    askToAdd(this.#network, this.#account, this.#get(group), findAccount(this.#network.directory, who));
  }

  /** Lets in who has asked. Throws `not_a_member`, `not_an_admin`. */
  approve(group: Group | string, ...who: readonly Who[]): void {
    approveRequests(this.#network, this.#account, this.#get(group), this.#accountsOf(who));
  }

  /** Refuses who has asked. Throws `not_a_member`, `not_an_admin`. */
  reject(group: Group | string, ...who: readonly Who[]): void {
    rejectRequests(this.#network, this.#account, this.#get(group), this.#accountsOf(who));
  }

  /** Takes the own request back. Throws `not_a_member` when there is none. */
  withdraw(group: Group | string): void {
    withdrawRequest(this.#network, this.#account, this.#get(group));
  }

  #get(group: Group | string): Group {
    this.#checkOnline();
    return typeof group === 'string' ? this.#network.groups.get(group) : group;
  }

  #accountsOf(who: readonly Who[]): Account[] {
    return who.map((one) => findAccount(this.#network.directory, one));
  }
}
