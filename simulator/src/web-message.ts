import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import type { PhoneMessage, PhoneMessageStatus } from './phone-messages.ts';
import { proto } from './stanza/codec.ts';

/** The phone number of the other side of a message's chat. */
export function chatNumberOf(message: PhoneMessage): string {
  return message.fromMe ? message.to : message.from;
}

/** The address of a message's chat, of the kind that the message came under. */
export function chatJidOf(directory: Directory, message: PhoneMessage): string {
  const number = chatNumberOf(message);
  return directory.withNumber(number)?.jid(message.addressing) ?? `${number}@s.whatsapp.net`;
}

/** A message as a handset hands it to its companions in histories and on request: `WebMessageInfo`. */
export function webMessageOf(
  message: PhoneMessage,
  chatJid: string,
  writer: Account | undefined,
): proto.IWebMessageInfo {
  return {
    key: { remoteJid: chatJid, fromMe: message.fromMe, id: message.id },
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
