import type { Account, Device } from './account.ts';

/** Those who get a message that is encrypted once for all of them: a group, or whom a status is for. */
export interface Audience {
  /** `<digits>@g.us` or `status@broadcast` */
  readonly jid: string;
  readonly accounts: readonly Account[];
  has(account: Account): boolean;
  /** Every device of everybody, those of the given account first. */
  devices(first: Account): Device[];
}

/** Where status posts are written to. */
export const statusJid = 'status@broadcast';

/** Whom a status is for: the writer's contacts or a choice of them. The writer's own devices always get it too. */
export class StatusAudience implements Audience {
  readonly jid = statusJid;
  readonly accounts: readonly Account[];

  constructor(writer: Account, contacts: Iterable<Account>) {
    this.accounts = [...new Set([writer, ...contacts])];
  }

  has(account: Account): boolean {
    return this.accounts.includes(account);
  }

  devices(first: Account): Device[] {
    return devicesOf(this.accounts, first);
  }
}

/** Every device of the accounts, those of the given one first. */
export function devicesOf(accounts: readonly Account[], first: Account): Device[] {
  const others = accounts.filter((account) => account !== first);
  return [first, ...others].flatMap((account) => [...account.devices.values()]);
}
