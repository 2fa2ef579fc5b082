import { kindOf, withoutDevice } from '../jid.ts';
import { isOwn } from './contacts.ts';
import type { Own, Stanza } from './translation.ts';

/** Where a message belongs. Wire jids without device. */
export interface MessageAddress {
  readonly chat: string;
  readonly sender: string;
  readonly fromMe: boolean;
  /** Jid of the broadcast list of somebody else that it came by. */
  readonly list?: string;
}

/**
 * Reads from a `<message>` which chat it belongs to and who wrote it, as Baileys' `decodeMessageNode` does; a text that
 * says what is wrong when the stanza does not tell. `destination` is what the own handset says about its message's chat.
 */
export function messageAddress(
  { attrs }: Stanza,
  own: Own,
  destination: string | null,
): MessageAddress | { readonly problem: string } {
  const from = withoutDevice(attrs['from'] ?? '');
  if (from === null) return { problem: 'the sender is missing or no jid' };
  switch (kindOf(from)) {
    case 'phone':
    case 'lid':
    case 'other':
      return directAddress(from, attrs['recipient'] ?? destination, own);
    case 'group':
    case 'broadcast':
    case 'status':
      return addressOfMany(from, attrs['participant'], own);
    case 'newsletter':
      // A channel does not tell who writes; posts of the own one are marked.
      return { chat: from, sender: from, fromMe: attrs['is_sender'] === 'true' };
  }
}

/** Messages of somebody else's list are in the chat with him, as WhatsApp Web's `messageInfoToKey` has them. */
export function addressOfMany(
  from: string,
  participant: string | undefined,
  own: Own,
): MessageAddress | { readonly problem: string } {
  const sender = withoutDevice(participant ?? '');
  if (sender === null) return { problem: 'the participant is missing or no jid' };
  if (isOwn(sender, own)) return { chat: from, sender, fromMe: true };
  const isOfList = kindOf(from) === 'broadcast';
  return { chat: isOfList ? sender : from, sender, fromMe: false, ...(isOfList && { list: from }) };
}

function directAddress(
  from: string,
  recipient: string | null,
  own: Own,
): MessageAddress | { readonly problem: string } {
  const fromMe = isOwn(from, own);
  // Only the own handset says for whom its message is; answers of bots name a recipient of theirs.
  if (recipient === null || kindOf(from) === 'other') return { chat: from, sender: from, fromMe };
  if (!fromMe) return { problem: 'it has a recipient and is not from the own number' };
  const chat = withoutDevice(recipient);
  return chat === null ? { problem: 'the recipient is no jid' } : { chat, sender: from, fromMe };
}

/** Whether messages of this chat name who wrote them: groups, broadcasts and status. */
export function hasAuthors(chat: string): boolean {
  return authored.has(kindOf(chat));
}

const authored = new Set(['group', 'broadcast', 'status']);

/** A message id as it may be kept: printable ASCII of sensible length; null otherwise. */
export function messageIdOf(attr: string | undefined): string | null {
  return attr !== undefined && /^[!-~]{1,128}$/.test(attr) ? attr : null;
}

/** Seconds since 1970 of a stanza's `t`; when it was received if it has none. */
export function timestampOf({ attrs }: Stanza, receivedAtMs: number): number {
  const t = Number(attrs['t']);
  return Number.isSafeInteger(t) && t > 0 ? t : Math.floor(receivedAtMs / 1000);
}
