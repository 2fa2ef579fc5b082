import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import { parseJid } from './jid.ts';
import { SimulatorError } from './simulator-error.ts';

/** A phone, or the number or jid of one. */
export type Who = { readonly account: Account } | string;

/** The account of a phone, number or jid. Throws `unknown_phone`. */
export function findAccount(directory: Directory, who: Who): Account {
  const account = typeof who === 'string' ? directory.find(who) : who.account;
  if (account) return account;
  throw new SimulatorError(
    'unknown_phone',
    `There is no phone ${typeof who === 'string' ? (parseJid(who)?.user ?? who) : ''}.`,
  );
}
