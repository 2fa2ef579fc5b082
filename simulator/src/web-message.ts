import { optionHash } from './content/vote.ts';
import type { Directory } from './directory.ts';
import type { PhoneMessage, PhoneMessageStatus, Saying } from './phone/messages.ts';
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
  directory: Directory,
  message: PhoneMessage,
  chatJid: string,
): proto.IWebMessageInfo {
  const writer = directory.withNumber(message.from);
  const isOfMember = message.group !== undefined && !message.fromMe;
  const participant = isOfMember ? writer?.jid(message.addressing) : undefined;
  const key = {
    remoteJid: chatJid,
    fromMe: message.fromMe,
    id: message.id,
    ...(participant && { participant }),
  };
  return {
    key,
    ...(participant && { participant }),
    messageTimestamp: message.timestamp,
    ...(message.isStarred === true && { starred: true }),
    ...contentOf(directory, message, key),
    ...sayingsOf(directory, message, chatJid),
    ...(message.fromMe ? { status: statuses[message.status] } : { pushName: writer?.name ?? null }),
  };
}

/** An edited message has its edit in place of the content, under the id of the edit; a deleted one has none. */
function contentOf(
  directory: Directory,
  { content, isDeleted, sayings = [], from, addressing }: PhoneMessage,
  key: proto.IMessageKey,
): proto.IWebMessageInfo {
  const edit = sayings.findLast(({ kind }) => kind === 'edit');
  const deletion = sayings.findLast(({ kind }) => kind === 'deletion');
  if (isDeleted === true) {
    const { REVOKE, ADMIN_REVOKE } = proto.WebMessageInfo.StubType;
    const at = { revokeMessageTimestamp: Math.floor((deletion?.atMs ?? 0) / 1000) };
    if (deletion === undefined || deletion.from === from) return { ...at, messageStubType: REVOKE };
    const admin = directory.withNumber(deletion.from)?.jid(addressing) ?? '';
    return { ...at, messageStubType: ADMIN_REVOKE, messageStubParameters: [admin] };
  }
  if (!edit || !content) return { message: content ?? null };
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const protocolMessage = {
    key: { ...key, fromMe: true },
    type,
    editedMessage: content,
    timestampMs: edit.atMs,
  };
  return { key: { ...key, id: edit.id }, message: { editedMessage: { message: { protocolMessage } } } };
}

function sayingsOf(directory: Directory, message: PhoneMessage, chatJid: string): proto.IWebMessageInfo {
  const { reactions = {}, votes = {}, sayings = [], group, addressing } = message;
  const keyOf = ({ id, from, fromMe }: Saying): proto.IMessageKey => {
    const isOfMember = group !== undefined && !fromMe;
    const participant = isOfMember ? directory.withNumber(from)?.jid(addressing) : undefined;
    return { remoteJid: chatJid, fromMe, id, ...(participant && { participant }) };
  };
  return {
    reactions: sayings
      .filter(({ kind, from }) => kind === 'reaction' && reactions[from] !== undefined)
      .map((said) => ({ key: keyOf(said), text: reactions[said.from] ?? '', senderTimestampMs: said.atMs })),
    pollUpdates: sayings
      .filter(({ kind }) => kind === 'vote')
      .map((said) => ({
        pollUpdateMessageKey: keyOf(said),
        vote: { selectedOptions: (votes[said.from] ?? []).map((name) => optionHash(name)) },
        senderTimestampMs: said.atMs,
      })),
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
