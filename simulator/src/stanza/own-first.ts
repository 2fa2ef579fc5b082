import type { Account, Device } from '../account.ts';

/**
 * The receivers of a message, the sender's own devices before all others: their copies are there before anybody else's
 * receipt can be.
 */
export function ownFirst<T>(
  sender: Device,
  receivers: readonly T[],
  accountOf: (receiver: T) => Account | undefined,
): T[] {
  const isOther = (receiver: T) => Number(accountOf(receiver) !== sender.account);
  return receivers.toSorted((one, other) => isOther(one) - isOther(other));
}
