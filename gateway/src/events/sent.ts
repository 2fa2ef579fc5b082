import type { MessageData } from '@eazewa/sdk/events';
import { withoutDevice } from '../jid.ts';
import { messageIdOf } from './address.ts';
import { contactsOf, pairsIn, type Contacts } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore, messageAcked, messageSent } from './drafts.ts';
import { messageData } from './message-data.ts';
import { kindOfContent } from './message-type.ts';
import { isSameChat, storedMessage, toStored, withAck } from './stored-message.ts';
import type { Context, Own, Stanza, StoredMessage, StoredOutgoing, Translation } from './translation.ts';

/**
 * The server's `<ack>`. For a message that a program asked us to send: `message_create` with ack 0, then `message_ack`
 * with 1, or with -1 when the server refused it. Acks of anything else are no news.
 */
export function translateAck(stanza: Stanza, context: Context): Translation {
  const { attrs } = stanza;
  if (attrs['class'] !== 'message')
    return ignore(`internal: the ack of a ${attrs['class'] ?? 'nameless stanza'}`);
  const id = messageIdOf(attrs['id']);
  if (id === null) return ignore('malformed: an ack without a usable id');
  const chat = withoutDevice(context.outgoing.get(id)?.to ?? attrs['from'] ?? '');
  if (chat === null) return ignore('malformed: an ack without a chat');

  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const known = storedMessage(context, contacts, { id, fromMe: true, chat });
  const created = untoldData(id, chat, known, contacts, context);
  const before = created === null ? known?.data : withAck(created, known?.data.ack ?? 0);
  if (before === undefined) return ignore('internal: the ack of a message that no program asked to send');
  const after = attrs['error'] === undefined ? accepted(before) : refused(before, attrs['error']);
  if (after === null && created === null) return ignore('repeated: the message is further than this ack');
  return {
    do: 'record',
    events: [
      ...(created === null ? [] : messageSent(created)),
      ...(after === null ? [] : [messageAcked(after)]),
    ],
    messages: [toStored(after ?? before, known)],
  };
}

/**
 * The data, with ack 0, of a message that a program asked us to send to this chat and that is not told yet; of such a one
 * nothing is stored, or only that somebody had a receipt for it. null for all others.
 */
export function untoldData(
  id: string,
  chat: string,
  stored: StoredMessage | undefined,
  contacts: Contacts,
  { outgoing, own }: Context,
): MessageData | null {
  if (stored !== undefined && (stored.data.type !== 'unknown' || stored.data._data.incomplete !== true))
    return null;
  const data = outgoingData(outgoing.get(id) ?? null, own, contacts);
  // The receipt of somebody else who knows its id, as all in a group do, says nothing of it.
  return data !== null && isSameChat(data.id.remote, chat, contacts) ? data : null;
}

function accepted(before: MessageData): MessageData | null {
  return before.ack >= 1 ? null : withAck(before, 1);
}

/** A refusal after the server had taken it concerns a resend to one device only. */
function refused(before: MessageData, error: string): MessageData | null {
  if (before.ack !== 0) return null;
  const after = withAck(before, -1);
  return { ...after, _data: { ...after._data, error } };
}

/** The data of a message that a program asked us to send, with ack 0; null when there is none, or receivers see none. */
export function outgoingData(
  outgoing: StoredOutgoing | null,
  own: Own,
  contacts: Contacts,
): MessageData | null {
  const chat = withoutDevice(outgoing?.to ?? '');
  if (outgoing === null || chat === null) return null;
  const unwrapped = unwrap(outgoing.content);
  const kind = kindOfContent(unwrapped.content);
  if (kind.is === 'silent') return null;
  return messageData({
    own,
    contacts,
    address: { chat, sender: own.phone, fromMe: true },
    id: outgoing.id,
    ack: 0,
    timestamp: Math.floor(outgoing.createdAt / 1000),
    unwrapped,
    kind,
  });
}
