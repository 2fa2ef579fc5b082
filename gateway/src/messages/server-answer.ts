import type { MessageData } from '@eazewa/sdk/events';

/** What WhatsApp's server said to a message of ours. */
export interface ServerAnswer {
  readonly messageId: string;
  /** The message as recorded; null when this answer told nothing new of it. */
  readonly message: MessageData | null;
  /** Its error code; null when it took the message. */
  readonly error: string | null;
}
