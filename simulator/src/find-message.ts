import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import type { PhoneMessage, PhoneMessages } from './phone/messages.ts';
import type { proto } from './stanza/codec.ts';

/** The message that the key names, on the handset of the account `own`. */
export function findMessage(
  directory: Directory,
  own: Account,
  messages: PhoneMessages,
  { id, fromMe, remoteJid, participant }: proto.IMessageKey,
): PhoneMessage | undefined {
  const writer = fromMe ? own : directory.withJid(participant ?? remoteJid ?? undefined);
  return writer && messages.find(writer.number, id ?? '');
}
