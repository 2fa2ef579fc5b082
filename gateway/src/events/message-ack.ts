import type { MessageAck } from '@eazewa/sdk/events';
import { timestampOf } from './address.ts';
import { contactsOf, pairsIn } from './contacts.ts';
import { ignore, messageAcked, messageSent } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { readReceipt } from './read-receipt.ts';
import { translateReceiptOfMany } from './receipt-of-many.ts';
import { untoldData } from './sent.ts';
import { storedMessage, toStored, withAck } from './stored-message.ts';
import type { Context, EventDraft, Stanza, StoredMessage, Translation } from './translation.ts';

/** A `<receipt>`: one `message_ack` for each message that it brings further. Repeats and steps back are no news. */
export function translateReceipt(stanza: Stanza, receivedAtMs: number, context: Context): Translation {
  const receipt = readReceipt(stanza, context.own);
  if (receipt.is === 'ignored') return receipt.translation;
  if (receipt.is === 'of many') return translateReceiptOfMany(stanza, receipt, context);
  const { chat, ids, ack } = receipt;
  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const events: EventDraft[] = [];
  const messages: StoredMessage[] = [];
  for (const id of ids) {
    const before = storedMessage(context, contacts, { id, fromMe: true, chat });
    // The server may have taken a message of ours and lost the connection before its ack.
    const created = untoldData(id, chat, before, contacts, context);
    const stored = before?.data;
    if (created === null && stored !== undefined && stored.ack >= ack) continue;
    const known = created ?? stored;
    if (known === undefined && !context.offlineSyncEnded) {
      return { do: 'wait', reason: `the message ${id} of the receipt is not known yet` };
    }
    // Ids of ours are random: who confirms here what went to another chat, such as a group, confirms nothing.
    if (known === undefined && (context.messages.has(`true_${id}`) || context.outgoing.has(id))) continue;
    const after = withAck(
      known ??
        incompleteData({
          id,
          address: { chat, sender: context.own.phone, fromMe: true },
          ack: 0,
          timestamp: timestampOf(stanza, receivedAtMs),
          type: 'unknown',
          contacts,
          own: context.own,
        }),
      higher(ack, stored?.ack),
    );
    if (created !== null) events.push(...messageSent(created));
    events.push(messageAcked(after));
    messages.push(toStored(after, before));
  }
  return events.length === 0
    ? ignore('repeated: the receipt says nothing new')
    : { do: 'record', events, messages };
}

function higher(one: MessageAck, other: MessageAck = -1): MessageAck {
  return one > other ? one : other;
}
