import { formatMessageId, kindOf, withoutDevice } from '../jid.ts';
import type { MessageId } from '@eazewa/sdk/events';
import { hasAuthors, messageIdOf, type MessageAddress } from './address.ts';
import { isOwn, ownId, type Contacts } from './contacts.ts';
import { objectIn, textIn } from './content.ts';
import type { MessageContent, Own } from './translation.ts';

/** A message key out of content (WAProto's `MessageKey`): which message something is about, as its sender sees it. */
export interface MessageKey {
  /** Bare. */
  readonly id: string;
  readonly fromMe: boolean;
  /** Wire jids without device; null when they are missing or none. */
  readonly chat: string | null;
  readonly participant: string | null;
}

/** The message that something is about, as the instance sees it. */
export interface Target extends MessageAddress {
  readonly id: string;
}

/** The key under a name; null when there is none that names a message. */
export function keyIn(part: MessageContent | null, name: string): MessageKey | null {
  const key = objectIn(part, name);
  const id = messageIdOf(textIn(key, 'id'));
  if (id === null) return null;
  return {
    id,
    fromMe: key?.['fromMe'] === true,
    chat: withoutDevice(textIn(key, 'remoteJid') ?? ''),
    participant: withoutDevice(textIn(key, 'participant') ?? ''),
  };
}

/** Where something that names a message belongs: to its own chat, unless it is about a status. */
export function targetChat(key: MessageKey, { chat }: MessageAddress): string {
  return key.chat !== null && kindOf(key.chat) === 'status' ? key.chat : chat;
}

/**
 * Turns a key round to the instance's view, as Baileys' `cleanMessage` does: "from me" is the sender of the key, and a
 * message that is not from him is from the instance or, in a group, from whom the key names.
 */
export function targetOf(key: MessageKey, address: MessageAddress, contacts: Contacts, own: Own): Target {
  const chat = targetChat(key, address);
  const sender = writerOf(key, chat, address, contacts, own);
  const list = chat === address.chat ? address.list : undefined;
  return { id: key.id, chat, sender, fromMe: isOwn(sender, own), ...(list !== undefined && { list }) };
}

function writerOf(
  key: MessageKey,
  chat: string,
  address: MessageAddress,
  contacts: Contacts,
  own: Own,
): string {
  if (key.fromMe) return address.fromMe ? own.phone : address.sender;
  if (hasAuthors(chat)) {
    // A status in a chat of two: who reacts to it may leave out whose it is.
    const silent = chat === address.chat ? address.sender : address.fromMe ? address.chat : own.phone;
    const writer = key.participant ?? silent;
    return isOwn(writer, own) ? own.phone : writer;
  }
  if (address.fromMe || kindOf(chat) === 'newsletter') return chat;
  // In a chat of two it is ours, unless the key was written from our view.
  const named = key.participant ?? key.chat;
  const isOfSender = named !== null && contacts.id(named) === contacts.id(address.sender);
  return isOfSender ? address.sender : own.phone;
}

/** The id of a message at an address, as receivers know it. `remote` is the form under which its chat is known already. */
export function idAt(
  { chat, sender, fromMe }: MessageAddress,
  id: string,
  contacts: Contacts,
  own: Own,
  remote: string = contacts.id(chat),
): MessageId {
  const participant = hasAuthors(chat) ? senderIdOf({ sender, fromMe }, contacts, own) : undefined;
  return formatMessageId({ fromMe, remote, id, participant });
}

/** Who wrote something, as receivers know him. */
export function senderIdOf(
  { sender, fromMe }: Pick<MessageAddress, 'sender' | 'fromMe'>,
  contacts: Contacts,
  own: Own,
): string {
  return fromMe ? ownId(own) : contacts.id(sender);
}

/** The wire jids under which a person is known, phone number first. */
export function wiresOf(jid: string, contacts: Contacts): string[] {
  const forms = [withoutDevice(contacts.id(jid)), contacts.lid(jid)];
  return [...new Set(forms.filter((form) => typeof form === 'string'))];
}
