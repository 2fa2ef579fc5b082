import { withoutDevice } from '../jid.ts';
import { addressOfMany, hasAuthors, type MessageAddress } from './address.ts';
import { isOwn } from './contacts.ts';
import type { Own, PastMessage } from './translation.ts';

/** Where a message of the history belongs; null when it does not say who wrote it. */
export function pastAddress(
  chat: string,
  past: Pick<PastMessage, 'fromMe' | 'participant'>,
  own: Own,
): MessageAddress | null {
  const jid = withoutDevice(chat);
  if (jid === null) return null;
  if (past.fromMe) return { chat: jid, sender: own.phone, fromMe: true };
  if (!hasAuthors(jid)) return { chat: jid, sender: jid, fromMe: isOwn(jid, own) };
  const address = addressOfMany(jid, past.participant ?? undefined, own);
  return 'problem' in address ? null : address;
}
