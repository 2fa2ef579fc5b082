import { messageAddress, messageIdOf, timestampOf } from './address.ts';
import { channelStanza } from './channel-stanza.ts';
import { contactsOf, isOwn, pairsIn } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { withOwnId } from './own-change.ts';
import { withRecipients } from './sent-to.ts';
import { childOf } from './stanza-parts.ts';
import { isTaken, storedMessage, toStored } from './stored-message.ts';
import { translateTold } from './told.ts';
import type { Context, InboxRow, Stanza, Translation } from './translation.ts';

type MessageRow = Extract<InboxRow, { kind: 'message' }>;

/**
 * A `<message>`: `message_create`, and `message` after it when somebody else wrote it; or what it says of another one.
 * The `edit` of its attributes is 1 when it edits, 3 in channels, where it has the id of the message.
 */
export function translateMessage(row: MessageRow, context: Context): Translation {
  const { stanza } = row;
  const id = messageIdOf(stanza.attrs['id']);
  if (id === null) return ignore('malformed: a message without a usable id');
  const ofChannel = channelStanza(stanza);
  if (ofChannel?.is === 'reaction' || ofChannel?.is === 'vote')
    return ignore(
      `internal: an own ${ofChannel.is} in a channel, which names the post by a number that is not kept`,
    );
  const isDeletion = ofChannel?.is === 'deletion';
  if (row.content === null && !isDeletion) return placeholder(row, id, context);
  const unwrapped = unwrap(isDeletion ? {} : (row.content ?? {}));
  const address = messageAddress(stanza, context.own, unwrapped.destination);
  if ('problem' in address) return ignore(`malformed: ${address.problem}`);
  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const told = {
    id,
    address,
    unwrapped,
    timestamp: (ofChannel?.is === 'edit' ? ofChannel.postedAt : null) ?? timestampOf(stanza, row.receivedAt),
    notifyName: stanza.attrs['notify'],
    isEdit: stanza.attrs['edit'] === '1' || stanza.attrs['edit'] === '3',
    editedAtMs: ofChannel?.is === 'edit' ? ofChannel.editedAtMs : null,
    isDeletion,
    seq: row.seq,
  };
  const translation = withRecipients(translateTold(told, contacts, context), stanza, told, contacts);
  return stanza.attrs['category'] === 'peer' ? translation : withOwnId(translation, told, contacts, context);
}

/** What came without its content is recorded as such: later events speak of it, and the content may still come. */
function placeholder(row: MessageRow, id: string, context: Context): Translation {
  const { stanza } = row;
  const reason = `undecryptable: ${row.problem ?? whyUndecryptable(stanza)}` as const;
  // Between own devices no person wrote anything.
  const isPeer = stanza.attrs['category'] === 'peer' && isOwn(stanza.attrs['from'] ?? '', context.own);
  if (isPeer) return ignore(reason);
  const address = messageAddress(stanza, context.own, null);
  if ('problem' in address) return ignore(`malformed: ${address.problem}`);
  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const stored = storedMessage(context, contacts, { id, ...address });
  const known = stored?.data;
  if (known !== undefined && known._data.incomplete !== true)
    return ignore('repeated: the message is recorded');
  const { own } = context;
  const timestamp = timestampOf(stanza, row.receivedAt);
  const ack = known?.ack ?? 1;
  const data = incompleteData({ id, address, ack, timestamp, type: 'ciphertext', contacts, own });
  const message = toStored(data, stored);
  if (isTaken(message, context, contacts)) return ignore(reason);
  return {
    do: 'placeholder',
    reason,
    message: { ...message, ...(isWithheld(stanza) ? { isGivenUp: true } : {}) },
    chat: address.chat,
    sender: address.sender,
  };
}

/** WhatsApp says so when it keeps a message from linked devices; else the keys did not fit. */
function whyUndecryptable(stanza: Stanza): string {
  const unavailable = childOf(stanza, 'unavailable');
  if (unavailable !== undefined)
    return `the content is only on the phone (${unavailable.attrs['type'] ?? 'no reason given'})`;
  const enc = childOf(stanza, 'enc');
  if (enc === undefined) return 'it has no content';
  return `its encryption (${enc.attrs['type'] ?? 'of no type'}) is not known here`;
}

/** No sender will send it again: what is said about it need not wait for its content. */
function isWithheld(stanza: Stanza): boolean {
  return childOf(stanza, 'unavailable') !== undefined;
}
