import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import { namesWriters } from './jid.ts';
import type { Stanza } from './stanza/codec.ts';
import { child, children } from './stanza/node.ts';

/** Names a queued stanza the way its acknowledgement will name it. */
export function keyOfQueued(directory: Directory, stanza: Stanza): string {
  const { id = '', from = '', type = '', participant = '' } = stanza.attrs;
  if (stanza.tag === 'message') return messageKey(directory, id, from, participant);
  return `${stanza.tag}|${id}|${from}|${type}|${participant}`;
}

/** The key that an `<ack class=... id to type participant>` of a companion settles. */
export function keyOfAck(directory: Directory, ack: Stanza): string {
  const { id = '', to = '', type = '', participant = '' } = ack.attrs;
  if (ack.attrs['class'] === 'message') return messageKey(directory, id, to, participant);
  return `${ack.attrs['class']}|${id}|${to}|${type}|${participant}`;
}

/**
 * The keys that a receipt settles. A message is acknowledged by its delivery receipt, in every flavour; a read receipt
 * or a request to send again acknowledges nothing.
 */
export function keysOfReceipt(directory: Directory, own: Account, receipt: Stanza): string[] {
  const type = receipt.attrs['type'] ?? '';
  if (!deliveryTypes.has(type)) return [];
  const { to = '', participant } = receipt.attrs;
  // Baileys leaves `to` out when a copy of our own message came under a phone number.
  const chat = type === 'sender' && !namesWriters(to) ? own.jid('lid') : to;
  return idsOf(receipt).map((id) => messageKey(directory, id, chat, participant));
}

/** All message ids that a receipt speaks of. */
export function idsOf(receipt: Stanza): string[] {
  const more = children(child(receipt, 'list'), 'item').map((item) => item.attrs['id'] ?? '');
  return [receipt.attrs['id'] ?? '', ...more];
}

const deliveryTypes = new Set(['', 'inactive', 'sender', 'peer_msg']);

// Two people may use the same message id, and one person has two addresses. In a group or broadcast the participant is the sender.
function messageKey(directory: Directory, id: string, from: string, participant?: string): string {
  const [sender, group] = namesWriters(from) ? [participant ?? '', from] : [from, ''];
  return `message|${id}|${directory.withJid(sender)?.lid ?? sender}|${group}`;
}
