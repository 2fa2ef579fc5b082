import { randomBytes } from 'node:crypto';
import type { Account, Device } from '../account.ts';
import { devicesOf } from '../audience.ts';
import type { Audience } from '../audience.ts';
import type { Addressing } from '../jid.ts';
import { SimulatorError } from '../simulator-error.ts';

/** `superadmin` is who founded the group: nobody can remove or demote it. */
export type GroupRole = 'member' | 'admin' | 'superadmin';

export interface GroupMember {
  readonly number: string;
  readonly role: GroupRole;
}

/** A text of a group with who wrote it and when, in seconds since 1970. */
export interface GroupText {
  readonly text: string;
  readonly by: Account;
  readonly at: string;
}

/** How somebody has come to ask for membership, in WhatsApp's words. */
export type RequestMethod = 'invite_link' | 'linked_group_join' | 'non_admin_add';

/** One group as the server knows it; it changes by the functions of `group-changes.ts` and `group-joins.ts` only. */
export class Group implements Audience {
  /** `<digits>@g.us` */
  readonly jid: string;
  readonly founder: Account;
  readonly foundedAt: string;
  /** How its members are named: by LID, or by phone number as in older groups. */
  readonly addressing: Addressing;
  readonly roles = new Map<Account, GroupRole>();
  /** Who waits for an admin's approval. */
  readonly requests = new Map<Account, RequestMethod>();
  /** The last part of the invite link. */
  inviteCode = newInviteCode();
  subjectText: GroupText;
  descriptionText: (GroupText & { readonly id: string }) | undefined;
  /** Only admins may write. */
  isAnnounce = false;
  /** Only admins may change subject, description and picture. */
  isLocked = false;
  /** Who comes by the invite link waits for an admin's approval. */
  isApprovalRequired = false;
  /** Every member may add others, not only admins. */
  isOpenToAdding = false;
  /** Messages vanish after so many seconds; 0 when they stay. */
  ephemeralSeconds = 0;
  /** The community that it belongs to. */
  community: Group | undefined;
  /** Of a community: the group where everybody in it is, and only admins write. Undefined for every other group. */
  announcements: Group | undefined;
  /** Undefined while there is no picture. */
  pictureId: string | undefined;

  constructor(jid: string, subject: GroupText, addressing: Addressing) {
    this.jid = jid;
    this.addressing = addressing;
    this.founder = subject.by;
    this.foundedAt = subject.at;
    this.subjectText = subject;
    this.roles.set(subject.by, 'superadmin');
  }

  get subject(): string {
    return this.subjectText.text;
  }

  get description(): string | undefined {
    return this.descriptionText?.text;
  }

  get members(): GroupMember[] {
    return [...this.roles].map(([{ number }, role]) => ({ number, role }));
  }

  get accounts(): Account[] {
    return [...this.roles.keys()];
  }

  /** How this group names somebody, or one of their devices. */
  jidOf(account: Account, device = 0): string {
    return account.jid(this.addressing, device);
  }

  /** The address by which this group does not name them; WhatsApp tells it beside the other one. */
  otherJidOf(account: Account): string {
    return account.jid(this.addressing === 'lid' ? 'pn' : 'lid');
  }

  has(account: Account): boolean {
    return this.roles.has(account);
  }

  isAdmin(account: Account): boolean {
    return (this.roles.get(account) ?? 'member') !== 'member';
  }

  /** Every device of every member, the given account's first. */
  devices(first: Account): Device[] {
    return devicesOf(this.accounts, first);
  }
}

export function newInviteCode(): string {
  return randomBytes(16).toString('base64url');
}

/** All groups, by jid. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  // The first digits are those of WhatsApp's newer groups; older ones name their founder.
  #nextId = 120_363_000_000_000_001n;

  add(subject: GroupText, addressing: Addressing = 'lid'): Group {
    const group = new Group(`${this.#nextId++}@g.us`, subject, addressing);
    this.#groups.set(group.jid, group);
    return group;
  }

  all(): Group[] {
    return [...this.#groups.values()];
  }

  find(jid: string | undefined): Group | undefined {
    return this.#groups.get(jid ?? '');
  }

  /** Throws `unknown_group`. */
  get(jid: string): Group {
    const group = this.find(jid);
    if (group) return group;
    throw new SimulatorError('unknown_group', `There is no group ${jid}.`);
  }

  /** Throws `unknown_group` for a code that does not lead to a group any more. */
  withInviteCode(code: string): Group {
    const group = this.all().find(({ inviteCode }) => inviteCode === code);
    if (group) return group;
    throw new SimulatorError('unknown_group', `The invite code ${code} leads to no group.`);
  }

  /** The groups that an account is a member of. */
  of(account: Account): Group[] {
    return this.all().filter((group) => group.has(account));
  }
}
