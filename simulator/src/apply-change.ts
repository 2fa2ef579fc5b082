import type { Directory } from './directory.ts';
import type { Account } from './account.ts';
import { optionHash, optionsOf } from './content/vote.ts';
import { openUnderSecret } from './content/message-secret.ts';
import { textOfContent } from './message-content.ts';
import type { PhoneMessage, PhoneMessages, Saying } from './phone/messages.ts';
import { proto } from './stanza/codec.ts';
import { withoutWrappers } from './stanza/message-kind.ts';

/**
 * Shows on the handset what a message says about another one: a reaction, an edit, a deletion, a vote. Whoever sent it,
 * and from which device.
 */
export function applyChange(message: PhoneMessage, messages: PhoneMessages, directory: Directory): void {
  const content = message.content && withoutWrappers(message.content);
  const key = keyIn(content);
  const target = key && messages.find(writerOf(key, message, directory), key.id ?? '');
  if (!content || !target || !isAllowed(content, message, target)) return;
  const change = changeOf(content, message, target, directory);
  if (change) messages.change(target, { ...change, sayings: withSaying(target, sayingOf(content, message)) });
}

/** Whether a message only says something about another one: handsets keep it there, not among the messages. */
export function isChange(content: proto.IMessage | undefined): boolean {
  return keyIn(content && withoutWrappers(content)) !== undefined;
}

function sayingOf(content: proto.IMessage, { id, from, fromMe, timestamp }: PhoneMessage): Saying {
  const { reactionMessage, protocolMessage, pollUpdateMessage } = content;
  const kind = reactionMessage ? 'reaction' : pollUpdateMessage ? 'vote' : undefined;
  const ofProtocol = protocolMessage?.editedMessage ? 'edit' : 'deletion';
  const said = reactionMessage?.senderTimestampMs ?? pollUpdateMessage?.senderTimestampMs;
  const atMs = Number(said ?? protocolMessage?.timestampMs ?? 0) || timestamp * 1000;
  return { kind: kind ?? ofProtocol, id, from, fromMe, atMs };
}

/** One of each kind and person counts. */
function withSaying({ sayings = [] }: PhoneMessage, saying: Saying): Saying[] {
  return [...sayings.filter(({ kind, from }) => kind !== saying.kind || from !== saying.from), saying];
}

/** Only its writer edits a message; in a chat of two only he deletes it. The server asks whether admins are admins. */
function isAllowed(
  { protocolMessage }: proto.IMessage,
  message: PhoneMessage,
  target: PhoneMessage,
): boolean {
  if (!protocolMessage || target.from === message.from) return true;
  return !protocolMessage.editedMessage && target.group !== undefined;
}

type Shown = Pick<PhoneMessage, 'text' | 'content' | 'reactions' | 'votes' | 'isEdited' | 'isDeleted'>;

function changeOf(
  { reactionMessage, protocolMessage, pollUpdateMessage }: proto.IMessage,
  message: PhoneMessage,
  target: PhoneMessage,
  directory: Directory,
): Partial<Shown> | undefined {
  const { from } = message;
  if (reactionMessage) return { reactions: withEntry(target.reactions, from, reactionMessage.text ?? '') };
  if (pollUpdateMessage) {
    const names = namesOf(pollUpdateMessage, message, target, directory);
    return names && { votes: withEntry(target.votes, from, names) };
  }
  if (protocolMessage?.editedMessage) return editOf(protocolMessage.editedMessage, target);
  return { isDeleted: true, text: undefined, content: undefined };
}

function withEntry<T extends { length: number }>(
  entries: Readonly<Record<string, T>> | undefined,
  name: string,
  value: T,
): Record<string, T> {
  const others = Object.entries({ ...entries }).filter(([other]) => other !== name);
  return Object.fromEntries(value.length === 0 ? others : [...others, [name, value]]);
}

function editOf(edited: proto.IMessage, target: PhoneMessage): Partial<Shown> {
  const content = { ...target.content };
  for (const field of ['imageMessage', 'videoMessage', 'documentMessage'] as const) {
    const part = withoutWrappers(edited)[field];
    if (part && content[field])
      Object.assign(content, { [field]: { ...content[field], caption: part.caption } });
  }
  const text = textOfContent(edited);
  const now = text === undefined ? content : edited;
  return { isEdited: true, text, content: now };
}

/** The chosen options; undefined when the vote cannot be opened. */
function namesOf(
  { vote }: proto.Message.IPollUpdateMessage,
  message: PhoneMessage,
  target: PhoneMessage,
  directory: Directory,
): string[] | undefined {
  const secret = target.content?.messageContextInfo?.messageSecret;
  const [writer, voter] = [directory.withNumber(target.from), directory.withNumber(message.from)];
  if (!secret || !vote?.encPayload || !vote.encIv || !writer || !voter) return undefined;
  for (const [writerJid, senderJid] of pairsOf(writer, voter)) {
    const facts = { secret, use: 'Poll Vote', messageId: target.id, writerJid, senderJid } as const;
    const opened = openUnderSecret(facts, vote.encPayload, vote.encIv);
    if (opened) return chosen(opened, optionsOf(target.content) ?? []);
  }
  return undefined;
}

function pairsOf(writer: Account, voter: Account): (readonly [string, string])[] {
  const kinds = ['lid', 'pn'] as const;
  return kinds.flatMap((one) => kinds.map((other) => [writer.jid(one), voter.jid(other)] as const));
}

function chosen(opened: Uint8Array, options: readonly string[]): string[] {
  const { selectedOptions } = proto.Message.PollVoteMessage.decode(opened);
  const hashes = new Set(selectedOptions.map((hash) => Buffer.from(hash).toString('hex')));
  return options.filter((name) => hashes.has(Buffer.from(optionHash(name)).toString('hex')));
}

function keyIn(content: proto.IMessage | undefined): proto.IMessageKey | undefined {
  const { reactionMessage, protocolMessage, pollUpdateMessage } = content ?? {};
  const isRevoke = protocolMessage != null && (protocolMessage.type ?? 0) === 0;
  const isProtocol = isRevoke || protocolMessage?.editedMessage != null;
  return (
    reactionMessage?.key ??
    pollUpdateMessage?.pollCreationMessageKey ??
    (isProtocol ? protocolMessage?.key : undefined) ??
    undefined
  );
}

/** The number of who wrote what the key names; the key is as the sender of the message sees it. */
function writerOf(key: proto.IMessageKey, message: PhoneMessage, directory: Directory): string {
  if (key.fromMe === true) return message.from;
  if (message.group === undefined) return message.to;
  return directory.withJid(key.participant ?? undefined)?.number ?? '';
}
