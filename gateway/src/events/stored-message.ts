import type { MessageAck, MessageData } from '@eazewa/sdk/events';
import { kindOf } from '../jid.ts';
import type { Contacts } from './contacts.ts';
import type { Context, StoredMessage } from './translation.ts';

/**
 * The stored message of this id in this chat, under whichever address the chat was stored. A message of another chat
 * that has the same id is not it: senders choose their ids. An own message is it also when the store has the chat by
 * phone and the row by LID, or the other way round, and nobody told yet whether both are one: own ids are random.
 */
export function storedMessage(
  { messages }: Context,
  contacts: Contacts,
  wanted: { readonly id: string; readonly fromMe: boolean; readonly chat: string; readonly sender?: string },
): StoredMessage | undefined {
  const stored = messages.get(`${wanted.fromMe}_${wanted.id}`);
  if (stored === undefined) return undefined;
  const { remote } = stored.data.id;
  const isIn = wanted.fromMe
    ? isSameChat(remote, wanted.chat, contacts)
    : isSame(remote, wanted.chat, contacts);
  if (!isIn) return undefined;
  const author = stored.data.id.participant;
  if (author === undefined || wanted.sender === undefined) return stored;
  return isSame(author, wanted.sender, contacts) ? stored : undefined;
}

/**
 * Whether the id of a message is that of another stored one: of another chat, or of somebody else in the group. Senders
 * choose their ids, so the first keeps its place in the store: who copies an id must not displace what others wrote.
 */
export function isTaken(
  { id, fromMe, data }: StoredMessage,
  { messages }: Context,
  contacts: Contacts,
): boolean {
  const stored = messages.get(`${fromMe}_${id}`)?.data.id;
  if (stored === undefined || stored._serialized === data.id._serialized) return false;
  const { remote, participant } = data.id;
  const isIn = fromMe ? isSameChat(stored.remote, remote, contacts) : isSame(stored.remote, remote, contacts);
  if (!isIn) return true;
  if (participant === undefined || stored.participant === undefined) return false;
  return !isSame(stored.participant, participant, contacts);
}

/** Whether the chat of an own message is the one that the row names, as far as anybody can tell. */
export function isSameChat(storedId: string, wire: string, contacts: Contacts): boolean {
  return isSame(storedId, wire, contacts) || isUndecidable(storedId, wire, contacts);
}

function isSame(storedId: string, wire: string, contacts: Contacts): boolean {
  return (
    storedId === contacts.id(wire) ||
    storedId === contacts.lid(wire) ||
    contacts.id(storedId) === contacts.id(wire)
  );
}

function isUndecidable(storedId: string, wire: string, contacts: Contacts): boolean {
  const kinds = [kindOf(contacts.id(storedId)), kindOf(contacts.id(wire))].toSorted();
  return kinds[0] === 'lid' && kinds[1] === 'phone';
}

/** The message with another ack, everywhere it says so. */
export function withAck(data: MessageData, ack: MessageAck): MessageData {
  return { ...data, _data: { ...data._data, ack }, ack };
}

/** What the store keeps of a message; what it kept of it `before` beside the data stays. */
export function toStored(data: MessageData, before?: StoredMessage): StoredMessage {
  return { ...before, id: data.id.id, fromMe: data.id.fromMe, ack: data.ack, data };
}
