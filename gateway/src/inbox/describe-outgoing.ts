import type { MessageData } from '@eazewa/sdk/events';
import type { Addresses } from '../chats/addresses.ts';
import type { Codec } from '../events/codec.ts';
import { contactsOf } from '../events/contacts.ts';
import { outgoingData } from '../events/sent.ts';
import type { Own } from '../events/translation.ts';
import type { MessageStore } from '../messages/message-store.ts';
import type { Outgoing } from '../messages/outgoing-store.ts';
import type { Vault } from '../vault.ts';

/** A message of ours as it is known now: as recorded, or with `ack: 0` as long as WhatsApp has not answered. */
export async function describeOutgoing(
  outgoing: Outgoing,
  own: Own,
  parts: { vault: Vault; codec: Codec; messages: MessageStore; addresses: Addresses },
): Promise<MessageData> {
  const recorded = await parts.messages.find(outgoing.id, true);
  if (recorded !== undefined) return recorded.data;
  const content = parts.codec.decodeContent(parts.vault.open(outgoing.content));
  const { id, to, createdAt } = outgoing;
  const other = await parts.addresses.otherForm(to);
  const contacts = contactsOf([], { own, otherForm: new Map(other === undefined ? [] : [[to, other]]) });
  const data = outgoingData({ id, to, content, createdAt }, own, contacts);
  if (data === null) throw new Error(`Message ${id} has no content that receivers see.`);
  return data;
}
