import type { Account, Device } from './account.ts';
import { devicesOf } from './audience.ts';
import type { Audience } from './audience.ts';
import { SimulatorError } from './simulator-error.ts';

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

/** One group as the server knows it; it changes by the functions of `group-changes.ts` only. Members are addressed by LID. */
export class Group implements Audience {
  /** `<digits>@g.us` */
  readonly jid: string;
  readonly founder: Account;
  readonly foundedAt: string;
  readonly roles = new Map<Account, GroupRole>();
  subjectText: GroupText;
  descriptionText: (GroupText & { readonly id: string }) | undefined;
  /** Only admins may write. */
  isAnnounce = false;
  /** Only admins may change subject, description and picture. */
  isLocked = false;
  /** Undefined while there is no picture. */
  pictureId: string | undefined;

  constructor(jid: string, subject: GroupText) {
    this.jid = jid;
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

/** All groups, by jid. */
export class Groups {
  readonly #groups = new Map<string, Group>();
  // The first digits are those of WhatsApp's newer groups; older ones name their founder.
  #nextId = 120_363_000_000_000_001n;

  add(subject: GroupText): Group {
    const group = new Group(`${this.#nextId++}@g.us`, subject);
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

  /** The groups that an account is a member of. */
  of(account: Account): Group[] {
    return this.all().filter((group) => group.has(account));
  }
}
