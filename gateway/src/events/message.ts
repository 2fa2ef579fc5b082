import { messageAddress, messageIdOf, timestampOf } from './address.ts';
import { contactsOf, pairsIn } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore, messageCreated, messageReceived } from './drafts.ts';
import { messageData } from './message-data.ts';
import { kindOfContent } from './message-type.ts';
import { storedMessage, toStored } from './stored-message.ts';
import type { Context, InboxRow, Stanza, Translation } from './translation.ts';

/** A `<message>`: `message_create`, and `message` after it when somebody else wrote it. */
export function translateMessage(row: Extract<InboxRow, { kind: 'message' }>, context: Context): Translation {
  const { stanza } = row;
  const { own } = context;
  const id = messageIdOf(stanza.attrs['id']);
  if (id === null) return ignore('malformed: a message without a usable id');
  if (row.content === null) return ignore(`undecryptable: ${whyUndecryptable(stanza)}`);
  const unwrapped = unwrap(row.content);
  const address = messageAddress(stanza, own, unwrapped.destination);
  if ('problem' in address) return ignore(`malformed: ${address.problem}`);
  const kind = kindOfContent(unwrapped.content);
  if (kind.is === 'silent') return ignore(kind.reason);

  const contacts = contactsOf(pairsIn(stanza, own), context);
  const known = storedMessage(context, contacts, { id, ...address })?.data;
  if (known !== undefined && known._data.incomplete !== true)
    return ignore('repeated: the message is recorded');
  const data = messageData({
    own,
    contacts,
    address,
    id,
    // An ack may have come before its message; what the server passes on has reached the server.
    ack: known?.ack ?? 1,
    timestamp: timestampOf(stanza, row.receivedAt),
    notifyName: stanza.attrs['notify'],
    unwrapped,
    kind,
  });
  const events = address.fromMe ? [messageCreated(data)] : [messageCreated(data), messageReceived(data)];
  return { do: 'record', events, messages: [toStored(data)] };
}

/** WhatsApp says so when it keeps a message from linked devices; else the keys did not fit. */
function whyUndecryptable({ content }: Stanza): string {
  const children = Array.isArray(content) ? (content as readonly Stanza[]) : [];
  const unavailable = children.find(({ tag }) => tag === 'unavailable');
  if (unavailable === undefined) return 'the content could not be decrypted';
  return `the content is only on the phone (${unavailable.attrs['type'] ?? 'no reason given'})`;
}
