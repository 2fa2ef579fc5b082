import type { MessageAck, MessageData } from '@eazewa/sdk/events';
import { contactsOf, pairsIn, type Contacts } from './contacts.ts';
import { ignore, messageAcked, messageSent } from './drafts.ts';
import type { ReceiptOfMany } from './read-receipt.ts';
import { untoldData } from './sent.ts';
import { storedMessage, toStored, withAck } from './stored-message.ts';
import type {
  Confirmation,
  Context,
  EventDraft,
  Recipients,
  Stanza,
  StoredMessage,
  Translation,
} from './translation.ts';

/**
 * The receipts of single recipients of a message to many. What each has confirmed is noted; a `message_ack` is told when
 * the whole message gets further: with all who shall get it, as WhatsApp shows it. Why: docs/decisions/group-acks.md.
 */
export function translateReceiptOfMany(
  stanza: Stanza,
  receipt: ReceiptOfMany,
  context: Context,
): Translation {
  const { chat, confirmed, ack } = receipt;
  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const events: EventDraft[] = [];
  const messages = new Map<string, StoredMessage>();
  const confirmations: Confirmation[] = [];
  for (const id of new Set(confirmed.map((one) => one.id))) {
    const before = storedMessage(context, contacts, { id, fromMe: true, chat });
    const created = untoldData(id, chat, before, contacts, context);
    const known = created ?? before?.data;
    if (known === undefined) {
      if (context.offlineSyncEnded) continue;
      return { do: 'wait', reason: `the message ${id} of the receipt is not known yet` };
    }
    const recipients = context.recipients.get(id) ?? unknownRecipients;
    const acks = new Map(recipients.acks);
    for (const { recipient } of confirmed.filter((one) => one.id === id)) {
      const noted = notedAs(recipient, recipients, contacts);
      if (noted === null || (acks.get(noted) ?? 1) >= ack) continue;
      acks.set(noted, ack);
      confirmations.push({ messageId: id, recipient: noted, ack });
    }
    if (created !== null) events.push(...messageSent(created));
    const after = furtherThan(known, recipients.isComplete ? leastOf(acks) : 1);
    if (after !== null) events.push(messageAcked(after));
    if (created !== null || after !== null) messages.set(id, toStored(after ?? known, before));
  }
  return events.length === 0 && confirmations.length === 0
    ? ignore('repeated: the receipt says nothing new')
    : { do: 'record', events, messages: [...messages.values()], confirmations };
}

const unknownRecipients: Recipients = { isComplete: false, acks: new Map() };

/** Under which of the two addresses a recipient is noted; null for one who is none, such as who came later. */
function notedAs(recipient: string, { isComplete, acks }: Recipients, contacts: Contacts): string | null {
  const lid = contacts.lid(recipient);
  const noted = [lid, contacts.phone(recipient), recipient].find((jid) => jid !== undefined && acks.has(jid));
  return noted ?? (isComplete ? null : (lid ?? recipient));
}

/** What all have reached. */
function leastOf(acks: ReadonlyMap<string, number>): MessageAck {
  const least = Math.min(...acks.values());
  return least === 2 || least === 3 || least === 4 ? least : 1;
}

/** The message with its new ack; null when it is that far already. Who has it tells at least that the server has it. */
function furtherThan(known: MessageData, ack: MessageAck): MessageData | null {
  return known.ack >= ack ? null : withAck(known, ack);
}
