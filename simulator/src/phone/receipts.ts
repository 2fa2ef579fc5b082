import type { Account } from '../account.ts';
import type { Directory } from '../directory.ts';
import type { PhoneMessage } from './messages.ts';
import type { Stanza } from '../stanza/codec.ts';
import { node } from '../stanza/node.ts';

/** What a handset of this account sends when a message has arrived. */
export function deliveryReceipt(directory: Directory, own: Account, message: PhoneMessage): Stanza {
  const { id, fromMe, to, addressing, device, group } = message;
  if (!fromMe) return receiptToWriter(directory, message, {});
  const writer = own.jid(addressing, device);
  if (group !== undefined) return node('receipt', { id, to: group, participant: writer, type: 'sender' });
  const recipient = directory.withNumber(to)?.jid(addressing);
  return node('receipt', { id, to: writer, type: 'sender', recipient });
}

/** What it sends when somebody has read, or played, another's message; `t` is in seconds. */
export function readReceipt(
  directory: Directory,
  message: PhoneMessage,
  t: string,
  type: 'read' | 'played' = 'read',
): Stanza {
  return receiptToWriter(directory, message, { type, t });
}

function receiptToWriter(
  directory: Directory,
  { id, from, addressing, device, group }: PhoneMessage,
  attributes: Record<string, string>,
): Stanza {
  const writer = directory.withNumber(from)?.jid(addressing, device);
  const address = group === undefined ? { to: writer } : { to: group, participant: writer };
  return node('receipt', { id, ...address, ...attributes });
}
