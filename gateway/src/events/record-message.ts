import type { ToldMessage } from './change-facts.ts';
import type { Contacts } from './contacts.ts';
import { ignore, messageCreated, messageReceived } from './drafts.ts';
import { afterEdit, firstSeenAsEdit, isEditOfItself } from './edit.ts';
import { messageData } from './message-data.ts';
import { kindOfContent } from './message-type.ts';
import { hasReactions, storedMessage, toStored } from './stored-message.ts';
import type { Context, Translation } from './translation.ts';

/** The events of a message that is not recorded yet. */
export function recordMessage(told: ToldMessage, contacts: Contacts, context: Context): Translation {
  const {
    id,
    address,
    unwrapped,
    timestamp,
    notifyName,
    isLate = false,
    isPast = false,
    isStarred = false,
  } = told;
  const kind = kindOfContent(unwrapped.content);
  if (kind.is === 'silent') return ignore(kind.reason);
  const stored = storedMessage(context, contacts, { id, ...address });
  const known = stored?.data;
  if (known !== undefined && known._data.incomplete !== true)
    return ignore('repeated: the message is recorded');
  const resolved = known?.type === 'ciphertext' ? [{ id, fromMe: address.fromMe }] : [];
  // It was deleted before anybody saw it, and stays so.
  if (known?.type === 'revoked') return { do: 'record', events: [], messages: [], resolved };
  // An ack may have come before its message; what the server passes on has reached the server.
  const ack = known?.ack ?? told.ack ?? 1;
  const { own } = context;
  const fresh = messageData({
    own,
    contacts,
    address,
    id,
    ack,
    timestamp,
    notifyName,
    unwrapped,
    kind,
    isLate,
    isPast,
    hasReaction: hasReactions(stored),
    isStarred: isStarred || known?.isStarred === true,
  });
  const seen = isEditOfItself(told) ? firstSeenAsEdit(fresh, told) : fresh;
  const data = known === undefined ? seen : afterEdit(seen, known);
  return {
    do: 'record',
    events: isPast
      ? []
      : address.fromMe
        ? [messageCreated(data)]
        : [messageCreated(data), messageReceived(data)],
    messages: [toStored(data, stored)],
    resolved,
    late: isLate ? 1 : 0,
  };
}
