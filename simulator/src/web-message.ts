import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import type { PhoneMessage, PhoneMessageStatus } from './phone-messages.ts';
import { proto } from './stanza/codec.ts';

/** What names a message's chat on this handset: the jid of the group, or the phone number of the other side. */
export function chatNameOf(message: PhoneMessage): string {
  return message.group ?? (message.fromMe ? message.to : message.from);
}

/** The address of a message's chat, of the kind that the message came under. */
export function chatJidOf(directory: Directory, message: PhoneMessage): string {
  if (message.group !== undefined) return message.group;
  const number = chatNameOf(message);
  return directory.withNumber(number)?.jid(message.addressing) ?? `${number}@s.whatsapp.net`;
}

/** A message as a handset hands it to its companions in histories and on request: `WebMessageInfo`. */
export function webMessageOf(
  message: PhoneMessage,
  chatJid: string,
  writer: Account | undefined,
): proto.IWebMessageInfo {
  const isOfMember = message.group !== undefined && !message.fromMe;
  const participant = isOfMember ? writer?.jid(message.addressing) : undefined;
  return {
    key: { remoteJid: chatJid, fromMe: message.fromMe, id: message.id, ...(participant && { participant }) },
    ...(participant && { participant }),
    message: message.content ?? null,
    messageTimestamp: message.timestamp,
    ...(message.fromMe ? { status: statuses[message.status] } : { pushName: writer?.name ?? null }),
  };
}

const { SERVER_ACK, DELIVERY_ACK, READ } = proto.WebMessageInfo.Status;
const statuses: Record<PhoneMessageStatus, proto.WebMessageInfo.Status> = {
  undecryptable: SERVER_ACK,
  sent: SERVER_ACK,
  received: SERVER_ACK,
  delivered: DELIVERY_ACK,
  read: READ,
};
