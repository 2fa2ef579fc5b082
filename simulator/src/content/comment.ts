import { sealUnderSecret } from './message-secret.ts';
import type { SecretFacts } from './message-secret.ts';
import { proto } from '../stanza/codec.ts';

/** A comment on a message of an announcement group: a message under the secret of the other. */
export function encryptedComment(
  key: proto.IMessageKey,
  message: proto.IMessage,
  facts: Omit<SecretFacts, 'use'>,
): proto.IMessage {
  const sealed = sealUnderSecret({ ...facts, use: 'Enc Comment' }, proto.Message.encode(message).finish());
  return { encCommentMessage: { targetMessageKey: key, ...sealed } };
}
