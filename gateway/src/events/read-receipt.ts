import type { MessageAck } from '@eazewa/sdk/events';
import { kindOf, withoutDevice } from '../jid.ts';
import { hasAuthors, messageIdOf } from './address.ts';
import { isOwn } from './contacts.ts';
import { ignore, type IgnoreReason } from './drafts.ts';
import { personOf } from './group-people.ts';
import { childrenOf } from './stanza-parts.ts';
import type { Own, Stanza, Translation } from './translation.ts';

/** A receipt that says how far own messages are, or why it does not say that. */
export type Receipt =
  | { readonly is: 'ack'; readonly chat: string; readonly ids: readonly string[]; readonly ack: MessageAck }
  | ReceiptOfMany
  | { readonly is: 'ignored'; readonly translation: Translation };

/** How far own messages are with single ones of their many recipients: wire jids without device. */
export interface ReceiptOfMany {
  readonly is: 'of many';
  readonly chat: string;
  readonly confirmed: readonly { readonly id: string; readonly recipient: string }[];
  readonly ack: MessageAck;
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
  if (hasAuthors(chat)) return receiptOfMany(stanza, chat, ack, own);
  if (attrs['participant'] !== undefined || !['phone', 'lid'].includes(kindOf(chat))) {
    return ignored('unknown: a receipt from a chat that has none of this kind');
  }
  if (isOwn(chat, own)) return ignored('internal: a receipt of an own device');
  if (attrs['recipient'] !== undefined) return ignored('internal: a receipt for a message of somebody else');
  const ids = idsOf(stanza);
  return ids.length === 0 ? withoutId : { is: 'ack', chat, ids, ack };
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

function ignored(reason: IgnoreReason): Extract<Receipt, { is: 'ignored' }> {
  return { is: 'ignored', translation: ignore(reason) };
}

const withoutId = ignored('malformed: a receipt without a usable id');

/** Of a group, a broadcast list or a status: each receipt is of one of those who got the message, or lists them. */
function receiptOfMany(stanza: Stanza, chat: string, ack: MessageAck, own: Own): Receipt {
  const { attrs } = stanza;
  const lists = childrenOf(stanza, 'participants');
  const confirmed =
    lists.length === 0
      ? idsOf(stanza).map((id) => ({ id, recipient: attrs['participant'] ?? '' }))
      : lists.flatMap((list) => {
          const id = messageIdOf(list.attrs['key'] ?? attrs['id']);
          return id === null
            ? []
            : childrenOf(list, 'user').map((user) => ({ id, recipient: user.attrs['jid'] ?? '' }));
        });
  if (confirmed.length === 0) return withoutId;
  const people = confirmed.flatMap(({ id, recipient }) => {
    const person = personOf(recipient);
    return person === null ? [] : [{ id, recipient: person }];
  });
  if (people.length === 0) return ignored('malformed: a receipt that does not say whose it is');
  if (attrs['recipient'] !== undefined) return ignored('internal: a receipt for a message of somebody else');
  const others = people.filter(({ recipient }) => !isOwn(recipient, own));
  if (others.length === 0) return ignored('internal: a receipt of an own device');
  return { is: 'of many', chat, confirmed: others, ack };
}

/** Its own id, and those that it lists. */
function idsOf(stanza: Stanza): string[] {
  const items = childrenOf(stanza, 'list').flatMap((list) => childrenOf(list, 'item'));
  const ids = [stanza.attrs['id'], ...items.map(({ attrs }) => attrs['id'])].map(messageIdOf);
  return [...new Set(ids.filter((id) => id !== null))];
}
