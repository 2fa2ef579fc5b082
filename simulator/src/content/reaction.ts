import { sealUnderSecret } from './message-secret.ts';
import type { SecretFacts } from './message-secret.ts';
import { proto } from '../stanza/codec.ts';

/** A reaction to the message with that key, which is as its sender sees it; an empty text takes it back. */
export function reaction(key: proto.IMessageKey, text: string, atMs = Date.now()): proto.IMessage {
  return { reactionMessage: { key, text, senderTimestampMs: atMs } };
}

/** The same as the announcement groups of communities have it: under the secret of the message. */
export function encryptedReaction(
  key: proto.IMessageKey,
  text: string,
  facts: Omit<SecretFacts, 'use'>,
  atMs = Date.now(),
): proto.IMessage {
  const plaintext = proto.Message.ReactionMessage.encode({ text, senderTimestampMs: atMs }).finish();
  const sealed = sealUnderSecret({ ...facts, use: 'Enc Reaction' }, plaintext);
  return { encReactionMessage: { targetMessageKey: key, ...sealed } };
}
