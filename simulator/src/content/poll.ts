import { randomBytes } from 'node:crypto';
import type { proto } from '../stanza/codec.ts';

export interface PollOptions {
  /** How many of the options one may choose; 0 is any number. 1 unless said otherwise. */
  readonly selectable?: number;
  /** 32 bytes, under which the votes are encrypted; made up when left out. */
  readonly secret?: Uint8Array;
}

/** A question with options to vote for. Clients use the third form when one option may be chosen, the first otherwise. */
export function poll(
  question: string,
  options: readonly string[],
  { selectable = 1, secret = randomBytes(32) }: PollOptions = {},
): proto.IMessage {
  const field = selectable === 1 ? 'pollCreationMessageV3' : 'pollCreationMessage';
  return {
    messageContextInfo: { messageSecret: secret },
    [field]: {
      name: question,
      options: options.map((optionName) => ({ optionName })),
      selectableOptionsCount: selectable,
    },
  };
}
