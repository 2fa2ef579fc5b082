import type { Account } from '../account.ts';
import type { Audience } from '../audience.ts';

/** How far a group message has come with one member. */
export type Confirmation = 'sent' | 'delivered' | 'read';

/** How far it has come with each, by phone number. */
export type Confirmations = Readonly<Record<string, Confirmation>>;

/** For a message that was sent just now: nobody of the others has confirmed it yet. */
export function confirmations({ accounts }: Audience, writer: Account): Confirmations {
  const others = accounts.filter((account) => account !== writer);
  return Object.fromEntries(others.map(({ number }) => [number, 'sent']));
}

/** With the news of one member; nobody's confirmation goes back. */
export function withConfirmation(
  known: Confirmations | undefined,
  number: string,
  news: 'delivered' | 'read',
): Confirmations {
  return known?.[number] === 'read' ? known : { ...known, [number]: news };
}

/** The status that all have reached: a group message is delivered, or read, when it is with everybody. */
export function leastOf(known: Confirmations | undefined): Confirmation {
  const all = Object.values(known ?? {});
  if (all.length === 0 || all.includes('sent')) return 'sent';
  return all.includes('delivered') ? 'delivered' : 'read';
}
