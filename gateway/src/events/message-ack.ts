import type { MessageAck } from '@eazewa/sdk/events';
import { kindOf, withoutDevice } from '../jid.ts';
import { messageIdOf, timestampOf } from './address.ts';
import { contactsOf, isOwn, pairsIn } from './contacts.ts';
import { ignore, messageAcked, messageSent, type IgnoreReason } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { outgoingData } from './sent.ts';
import { storedMessage, toStored, withAck } from './stored-message.ts';
import type { Context, EventDraft, Own, Stanza, StoredMessage, Translation } from './translation.ts';

/** A receipt that says how far own messages are, or why it does not say that. */
export type Receipt =
  | { readonly is: 'ack'; readonly chat: string; readonly ids: readonly string[]; readonly ack: MessageAck }
  | { readonly is: 'ignored'; readonly translation: Translation };

/** A `<receipt>`: one `message_ack` for each message that it brings further. Repeats and steps back are no news. */
export function translateReceipt(stanza: Stanza, receivedAtMs: number, context: Context): Translation {
  const receipt = readReceipt(stanza, context.own);
  if (receipt.is === 'ignored') return receipt.translation;
  const { chat, ids, ack } = receipt;
  const contacts = contactsOf(pairsIn(stanza, context.own), context);
  const events: EventDraft[] = [];
  const messages: StoredMessage[] = [];
  for (const id of ids) {
    const stored = storedMessage(context, contacts, { id, fromMe: true, chat })?.data;
    if (stored !== undefined && stored.ack >= ack) continue;
    // The server may have taken a message of ours and lost the connection before its ack.
    const outgoing = context.outgoing?.id === id ? context.outgoing : null;
    const created = stored === undefined ? outgoingData(outgoing, context.own, contacts) : null;
    const known = stored ?? created;
    if (known === null && !context.offlineSyncEnded) {
      return { do: 'wait', reason: `the message ${id} of the receipt is not known yet` };
    }
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
      ack,
    );
    if (created !== null) events.push(...messageSent(created));
    events.push(messageAcked(after));
    messages.push(toStored(after));
  }
  return events.length === 0
    ? ignore('repeated: the receipt says nothing new')
    : { do: 'record', events, messages };
}

/** Reads a receipt. It speaks of the message in its `id` and of those in its `<list>`. */
export function readReceipt(stanza: Stanza, own: Own): Receipt {
  const { attrs } = stanza;
  const type = attrs['type'] ?? '';
  const ack = acks.get(type);
  if (ack === undefined) {
    return ignored(
      otherReceipts.has(type)
        ? `internal: a receipt of type ${type}, ${otherReceipts.get(type)}`
        : `unknown: a receipt of type ${type}`,
    );
  }
  const chat = withoutDevice(attrs['from'] ?? '');
  if (chat === null) return ignored('malformed: a receipt without a chat');
  if (attrs['participant'] !== undefined || !['phone', 'lid'].includes(kindOf(chat))) {
    return ignored('not told yet: the receipt of one of many recipients');
  }
  if (isOwn(chat, own)) return ignored('internal: a receipt of an own device');
  if (attrs['recipient'] !== undefined) return ignored('internal: a receipt for a message of somebody else');
  const ids = [attrs['id'], ...listedIds(stanza)].map(messageIdOf).filter((id) => id !== null);
  if (ids.length === 0) return ignored('malformed: a receipt without a usable id');
  return { is: 'ack', chat, ids: [...new Set(ids)], ack };
}

/** By `type`; without one it was delivered. */
const acks = new Map<string, MessageAck>([
  ['', 2],
  ['delivery', 2],
  ['read', 3],
  ['played', 4],
]);

const otherReceipts = new Map([
  ['sender', 'another own device has an own message'],
  ['inactive', 'a device has the message while nobody uses it, which WhatsApp does not count as delivered'],
  ['read-self', 'another own device read something'],
  ['played-self', 'another own device played something'],
  ['retry', 'the content is sent again'],
  ['enc_rekey_retry', 'the key of a call is sent again'],
  ['peer_msg', 'between own devices'],
  ['hist_sync', 'between own devices'],
  ['server-error', 'a file is uploaded again'],
  ['view', 'a post of a channel was seen'],
]);

function ignored(reason: IgnoreReason): Receipt {
  return { is: 'ignored', translation: ignore(reason) };
}

function listedIds({ content }: Stanza): (string | undefined)[] {
  return children(content)
    .filter(({ tag }) => tag === 'list')
    .flatMap((list) => children(list.content))
    .filter(({ tag }) => tag === 'item')
    .map(({ attrs }) => attrs['id']);
}

function children(content: Stanza['content']): readonly Stanza[] {
  return Array.isArray(content) ? (content as readonly Stanza[]) : [];
}
