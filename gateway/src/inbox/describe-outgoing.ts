import type { MessageData } from '@eazewa/sdk/events';
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
  { vault, codec, messages }: { vault: Vault; codec: Codec; messages: MessageStore },
): Promise<MessageData> {
  const recorded = await messages.find(outgoing.id, true);
  if (recorded !== undefined) return recorded.data;
  const content = codec.decodeContent(vault.open(outgoing.content));
  const { id, to, createdAt } = outgoing;
  const nothingKnown = {
    own,
    otherForm: new Map(),
    messages: new Map(),
    outgoing: null,
    offlineSyncEnded: true,
  };
  const data = outgoingData({ id, to, content, createdAt }, own, contactsOf([], nothingKnown));
  if (data === null) throw new Error(`Message ${id} has no content that receivers see.`);
  return data;
}
