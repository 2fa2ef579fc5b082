import { createHash } from 'node:crypto';
import { sealUnderSecret } from './message-secret.ts';
import type { SecretFacts } from './message-secret.ts';
import { proto } from '../stanza/codec.ts';

/** A vote in the poll with that key: all that is chosen now, by name. Nothing takes the vote back. */
export function vote(
  key: proto.IMessageKey,
  names: readonly string[],
  facts: Omit<SecretFacts, 'use'>,
  atMs = Date.now(),
): proto.IMessage {
  const selectedOptions = names.map((name) => optionHash(name));
  const plaintext = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish();
  const sealed = sealUnderSecret({ ...facts, use: 'Poll Vote' }, plaintext);
  return { pollUpdateMessage: { pollCreationMessageKey: key, vote: sealed, senderTimestampMs: atMs } };
}

/** Votes name an option by the SHA-256 of its name. */
export function optionHash(name: string): Uint8Array {
  return createHash('sha256').update(name).digest();
}

/** The options of a poll, whichever form it has; undefined when the content is no poll. */
export function optionsOf(content: proto.IMessage | undefined): string[] | undefined {
  const poll =
    content?.pollCreationMessage ??
    content?.pollCreationMessageV2 ??
    content?.pollCreationMessageV3 ??
    content?.pollCreationMessageV5;
  return poll?.options?.map(({ optionName }) => optionName ?? '');
}
