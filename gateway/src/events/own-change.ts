import type { ToldMessage } from './change-facts.ts';
import type { Contacts } from './contacts.ts';
import { incompleteData } from './incomplete.ts';
import { storedMessage } from './stored-message.ts';
import type { Context, StoredMessage, Translation } from './translation.ts';

/**
 * Notes the id of what an own device sent and is no message for receivers: a reaction, an edit, a vote, a pin, ... Those
 * who get it confirm it, and their receipts would look like those of a message that nobody knows.
 */
export function withOwnId(
  translation: Translation,
  told: ToldMessage,
  contacts: Contacts,
  context: Context,
): Translation {
  const { id, address, timestamp } = told;
  if (!address.fromMe || (translation.do !== 'record' && translation.do !== 'ignore')) return translation;
  const isIt = (message: StoredMessage) => message.id === id && message.fromMe;
  const { messages = [] } = translation;
  const known = storedMessage(context, contacts, { id, ...address });
  // What came without its content at first may have turned out to be none.
  if (messages.some(isIt) || (known !== undefined && known.data.type !== 'ciphertext')) return translation;
  const { own } = context;
  const ack = told.ack ?? 1;
  const data = incompleteData({ id, address, ack, timestamp, type: 'unknown', contacts, own });
  const noted: StoredMessage = { id, fromMe: true, ack, data, isNoMessage: true };
  return { ...translation, messages: [...messages, noted] };
}
