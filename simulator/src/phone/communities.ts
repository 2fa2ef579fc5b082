import type { Account, Device } from '../account.ts';
import { createCommunity, linkGroup, unlinkGroup } from '../group/communities.ts';
import type { Group } from '../group/group.ts';
import type { Network } from '../network.ts';

interface CommunitiesDependencies {
  readonly phone: Device;
  readonly network: Network;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/**
 * What a handset does with communities, which are groups of groups. Each is given as itself or by its jid; everything throws
 * `phone_offline`, and `unknown_group`.
 */
export class PhoneCommunities {
  readonly #account: Account;
  readonly #network: Network;
  readonly #checkOnline: () => void;

  constructor({ phone, network, checkOnline }: CommunitiesDependencies) {
    this.#account = phone.account;
    this.#network = network;
    this.#checkOnline = checkOnline;
  }

  /** Founds one; write to its `announcements`. */
  create(subject: string): Group {
    this.#checkOnline();
    return createCommunity(this.#network, this.#account, subject);
  }

  /** Makes a group a part of it, with all its members. Throws `not_a_member`, `not_an_admin`, `invalid_request`. */
  link(community: Group | string, group: Group | string): void {
    linkGroup(this.#network, this.#account, this.#get(community), this.#get(group));
  }

  /** Ends that. Throws `not_a_member`, `not_an_admin`, `invalid_request`. */
  unlink(community: Group | string, group: Group | string): void {
    unlinkGroup(this.#network, this.#account, this.#get(community), this.#get(group));
  }

  #get(group: Group | string): Group {
    this.#checkOnline();
    return typeof group === 'string' ? this.#network.groups.get(group) : group;
  }
}
