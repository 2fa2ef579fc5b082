import type { Account, Device } from '../account.ts';
import {
  addMembers,
  changeGroup,
  createGroup,
  leaveGroup,
  removeMembers,
  setAdmins,
} from '../group/changes.ts';
import { findAccount } from '../find-account.ts';
import type { Who } from '../find-account.ts';
import type { GroupChange, NewGroup } from '../group/changes.ts';
import type { Group } from '../group/group.ts';
import { statusJid } from '../audience.ts';
import type { Audience } from '../audience.ts';
import type { Addressing } from '../jid.ts';
import type { Content } from '../message-content.ts';
import type { Network } from '../network.ts';
import { PhoneGroupInbox } from './group-inbox.ts';
import { PhoneGroupOutbox } from './group-outbox.ts';
import type { PhoneMessages } from './messages.ts';
import type { SessionRenewals } from '../session-renewals.ts';
import { SenderKeys } from '../signal/index.ts';
import type { SignalDevice } from '../signal/index.ts';
import type { Stanza } from '../stanza/codec.ts';

interface GroupsDependencies {
  readonly phone: Device & {
    readonly autoReceipts: boolean;
    readonly answersRetries: boolean;
    readonly system: 'android' | 'ios';
  };
  readonly network: Network;
  readonly signal: SignalDevice;
  readonly renewals: SessionRenewals;
  readonly messages: PhoneMessages;
  /** Throws when the handset has no network. */
  readonly checkOnline: () => void;
}

/**
 * What a handset does with groups. Each group is given as itself or by its jid; an unknown one throws `unknown_group`. All but
 * `forgetSenderKeys` and `take` throw `phone_offline`.
 */
export class PhoneGroups {
  readonly #account: Account;
  readonly #network: Network;
  readonly #checkOnline: () => void;
  readonly #senderKeys = new SenderKeys();
  readonly #inbox: PhoneGroupInbox;
  readonly #outbox: PhoneGroupOutbox;

  constructor(dependencies: GroupsDependencies) {
    this.#account = dependencies.phone.account;
    this.#network = dependencies.network;
    this.#checkOnline = dependencies.checkOnline;
    const parts = { ...dependencies, senderKeys: this.#senderKeys };
    this.#inbox = new PhoneGroupInbox(parts);
    this.#outbox = new PhoneGroupOutbox(parts);
  }

  create({ members, ...group }: Omit<NewGroup, 'members'> & { readonly members: readonly Who[] }): Group {
    this.#checkOnline();
    return createGroup(this.#network, this.#account, { ...group, members: this.#accountsOf(members) });
  }

  add(group: Group | string, members: readonly Who[]): void {
    this.#checkOnline();
    addMembers(this.#network, this.#account, this.#get(group), this.#accountsOf(members));
  }

  remove(group: Group | string, members: readonly Who[]): void {
    this.#checkOnline();
    removeMembers(this.#network, this.#account, this.#get(group), this.#accountsOf(members));
  }

  leave(group: Group | string): void {
    this.#checkOnline();
    leaveGroup(this.#network, this.#account, this.#get(group));
  }

  setAdmins(group: Group | string, members: readonly Who[], isAdmin: boolean): void {
    this.#checkOnline();
    setAdmins(this.#network, this.#account, this.#get(group), this.#accountsOf(members), isAdmin);
  }

  change(group: Group | string, change: GroupChange): void {
    this.#checkOnline();
    changeGroup(this.#network, this.#account, this.#get(group), change);
  }

  /** To a group, or to whom a status is for. */
  send(
    to: Audience | string,
    what: Content,
    options: { id?: string; addressing?: Addressing },
  ): { id: string; timestamp: number } {
    this.#checkOnline();
    return this.#outbox.send(typeof to === 'string' ? this.#network.groups.get(to) : to, what, options);
  }

  /** Loses the sender keys of all members, as a restored backup would: what they send next fails. */
  forgetSenderKeys(group: Group | string): void {
    this.#senderKeys.forget(group === statusJid ? group : this.#get(group).jid);
  }

  /** Takes a stanza that comes from a group; notifications are for companions only. */
  take(stanza: Stanza): void {
    if (stanza.tag === 'message') this.#inbox.takeMessage(stanza);
    else if (stanza.tag !== 'receipt') return;
    else if (stanza.attrs['type'] === 'retry') this.#outbox.sendAgain(stanza);
    else this.#inbox.takeReceipt(stanza);
  }

  #accountsOf(members: readonly Who[]): Account[] {
    return members.map((member) => findAccount(this.#network.directory, member));
  }

  #get(group: Group | string): Group {
    return typeof group === 'string' ? this.#network.groups.get(group) : group;
  }
}
