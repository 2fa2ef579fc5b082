import type { MessageData } from '@eazewa/sdk/events';
import type { Addresses } from '../chats/addresses.ts';
import type { Codec } from '../events/codec.ts';
import { contactsOf } from '../events/contacts.ts';
import { namedByLid } from '../events/named-by-lid.ts';
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
  const known = await parts.addresses.otherForms([to]);
  const described = (otherForm: ReadonlyMap<string, string>) =>
    outgoingData({ id, to, content, createdAt }, own, contactsOf([], { own, otherForm }));
  const data = described(known);
  if (data === null) throw new Error(`Message ${id} has no content that receivers see.`);
  const found = await parts.addresses.otherForms(namedByLid(data));
  return found.size === 0 ? data : (described(new Map([...known, ...found])) ?? data);
}
