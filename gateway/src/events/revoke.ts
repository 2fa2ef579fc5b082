import type { MessageData, MessageId } from '@eazewa/sdk/events';
import { kindOf } from '../jid.ts';
import type { Change } from './change.ts';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import type { Contacts } from './contacts.ts';
import { ignore, messageRevoked } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { inOrder } from './message-order.ts';
import { toStored } from './stored-message.ts';
import { senderIdOf } from './target.ts';
import type { Context, StoredMessage, Translation } from './translation.ts';

/** `message_revoke_everyone`: the message as it is now, empty and of type `revoked`, and as it was. */
export function translateRevoke(
  { key }: Extract<Change, { is: 'revoke' }>,
  { told, target, stored, contacts, own, context }: ChangeFacts,
): Translation {
  const isOfOther = !key.fromMe && contacts.id(target.sender) !== contacts.id(told.address.sender);
  if (isOfOther && kindOf(target.chat) !== 'group')
    return ignore('malformed: a message that somebody else wrote is deleted');
  if (isOfOther && isPlainMember(told, contacts, context))
    return ignore('malformed: a message that somebody else wrote is deleted by who is no admin');
  if (stored?.data.type === 'revoked') return ignore('repeated: the message is deleted already');
  const { timestamp } = told;
  const empty = incompleteData({
    id: target.id,
    address: target,
    ack: stored?.data.ack ?? told.ack ?? 1,
    timestamp: stored?.data.timestamp ?? timestamp,
    notifyName: stored?.data._data.notifyName,
    type: 'revoked',
    contacts,
    own,
  });
  // A channel does not tell which of its admins it was; WhatsApp Web names the channel too.
  const isOfChannel = kindOf(target.chat) === 'newsletter';
  const after = revoked(empty, stored?.data, {
    revokeTimestamp: timestamp,
    revokeSender: isOfChannel ? target.chat : senderIdOf(told.address, contacts, own),
    subtype: isOfOther || isOfChannel ? 'admin' : 'sender',
  });
  return {
    do: 'record',
    events: [messageRevoked(after, seen(stored))],
    // What is held of a message that nobody ever saw, or will, has nothing to follow any more.
    messages: [{ ...toStored(after), ...(stored?.isGivenUp === true ? { isGivenUp: true } : {}) }],
  };
}

/** WhatsApp's server cannot see what is deleted, so each client looks itself. What comes from the own phone is looked at. */
function isPlainMember(
  { address, isLate, isPast }: ToldMessage,
  contacts: Contacts,
  { roles }: Context,
): boolean {
  if (address.fromMe || isLate === true || isPast === true) return false;
  const names = [contacts.lid(address.sender), contacts.phone(address.sender)];
  return names.some((name) => name !== undefined && roles?.get(name) === 'member');
}

function seen(stored: StoredMessage | undefined): MessageData | null {
  return stored === undefined || stored.data._data.incomplete === true ? null : stored.data;
}

function revoked(
  empty: MessageData,
  known: MessageData | undefined,
  how: { readonly revokeTimestamp: number; readonly revokeSender: string; readonly subtype: string },
): MessageData {
  const id: MessageId = known?.id ?? empty.id;
  const parties = known === undefined ? {} : partiesOf(known);
  const { incomplete, lid, ...raw } = empty._data;
  const own = {
    ...(known?._data.lid === undefined ? (lid === undefined ? {} : { lid }) : { lid: known._data.lid }),
    ...(known === undefined || known._data.incomplete === true ? { incomplete } : {}),
  };
  return inOrder({
    ...empty,
    id,
    ...parties,
    _data: { ...raw, id, ...parties, protocolMessageKey: id, ...how, ...own },
    protocolMessageKey: id,
  });
}

/** As the message was told first, also when other addresses are known by now. */
function partiesOf({ from, to, author, broadcast }: MessageData) {
  return author === undefined ? { from, to, broadcast } : { from, to, author, broadcast };
}
