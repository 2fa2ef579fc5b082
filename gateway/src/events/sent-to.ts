import { kindOf } from '../jid.ts';
import { isOwn, pairOf, type Contacts, type Pair } from './contacts.ts';
import { personOf } from './group-people.ts';
import { childrenOf } from './stanza-parts.ts';
import type { ToldMessage } from './change-facts.ts';
import type { Own, Stanza, Translation } from './translation.ts';

/**
 * Adds who gets an own message to a broadcast list or to the status: only the own handset knows, and its message names
 * them. Of a group the members are known otherwise.
 */
export function withRecipients(
  translation: Translation,
  stanza: Stanza,
  { id, address }: ToldMessage,
  contacts: Contacts,
): Translation {
  const isToList = ['broadcast', 'status'].includes(kindOf(address.chat));
  if (translation.do !== 'record' || !address.fromMe || !isToList) return translation;
  const recipients = recipientsIn(stanza)
    .map(({ attrs }) => personOf(attrs['jid']))
    .filter((jid) => jid !== null)
    .map((jid) => contacts.lid(jid) ?? jid)
    .filter((jid) => jid !== address.sender);
  return { ...translation, sentTo: [{ messageId: id, recipients: [...new Set(recipients)] }] };
}

/** The pairs of LID and phone number that such a message tells of its recipients. The own pair is left out. */
export function pairsOfRecipients(stanza: Stanza, own: Own): Pair[] {
  return recipientsIn(stanza).flatMap(({ attrs }) => {
    const pair = pairOf(attrs['jid'], attrs['peer_recipient_pn'] ?? attrs['peer_recipient_lid']);
    return pair === null || isOwn(pair.lid, own) || isOwn(pair.phone, own) ? [] : [pair];
  });
}

/** `<participants><to jid peer_recipient_pn/>`, as public code of other clients reads it. */
function recipientsIn(stanza: Stanza): Stanza[] {
  return childrenOf(stanza, 'participants').flatMap((list) => childrenOf(list, 'to'));
}
