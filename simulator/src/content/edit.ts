import { sealUnderSecret } from './message-secret.ts';
import type { SecretFacts } from './message-secret.ts';
import { proto } from '../stanza/codec.ts';

/** How an edit is wrapped: not at all (Baileys), or in `editedMessage` (handsets). */
export type EditForm = 'plain' | 'wrapped';

/** An edit of the message with that key: it says this now. */
export function edit(
  key: proto.IMessageKey,
  content: proto.IMessage,
  { form = 'wrapped', atMs = Date.now() }: { form?: EditForm; atMs?: number } = {},
): proto.IMessage {
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const message = { protocolMessage: { key, type, editedMessage: content, timestampMs: atMs } };
  return form === 'plain' ? message : { editedMessage: { message } };
}

/** The same under the secret of the message. */
export function encryptedEdit(
  key: proto.IMessageKey,
  content: proto.IMessage,
  facts: Omit<SecretFacts, 'use'>,
): proto.IMessage {
  const { EVENT_EDIT, MESSAGE_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType;
  const isEvent = content.eventMessage != null;
  const use = isEvent ? 'Event Edit' : 'Message Edit';
  const sealed = sealUnderSecret({ ...facts, use }, proto.Message.encode(content).finish());
  const secretEncType = isEvent ? EVENT_EDIT : MESSAGE_EDIT;
  return { secretEncryptedMessage: { targetMessageKey: key, secretEncType, ...sealed } };
}

const captioned = ['imageMessage', 'videoMessage', 'documentMessage'] as const;

/** What an edit of a message to that text carries: a text, or of a file its kind with the caption alone. */
export function editedContent(content: proto.IMessage | undefined, text: string): proto.IMessage {
  const inner = content?.documentWithCaptionMessage?.message ?? content;
  const field = captioned.find((name) => inner?.[name] != null);
  if (field === undefined) return { extendedTextMessage: { text } };
  const message = { [field]: { caption: text } };
  return content?.documentWithCaptionMessage == null ? message : { documentWithCaptionMessage: { message } };
}
