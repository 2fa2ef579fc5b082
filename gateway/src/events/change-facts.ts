import type { MessageAck } from '@eazewa/sdk/events';
import type { MessageAddress } from './address.ts';
import type { Contacts } from './contacts.ts';
import type { Unwrapped } from './content.ts';
import type { Target } from './target.ts';
import type { Context, Own, StoredMessage } from './translation.ts';

/** A message with its content, wherever it was told. */
export interface ToldMessage {
  readonly id: string;
  readonly address: MessageAddress;
  readonly unwrapped: Unwrapped;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly notifyName?: string | undefined;
  /** How far it is, if that was told. */
  readonly ack?: MessageAck | undefined;
  /** It should have come earlier, and was told afterwards. */
  readonly isLate?: boolean;
  /** It is from before the number was linked. */
  readonly isPast?: boolean;
  readonly isStarred?: boolean | undefined;
  /** It comes under the id of a message that it replaces. */
  readonly isEdit?: boolean;
  /** When that was, in milliseconds since 1970; null when it is not said. */
  readonly editedAtMs?: number | null;
  /** It comes under the id of a message that it deletes. */
  readonly isDeletion?: boolean;
  /** The own phone tells it out of what it keeps. */
  readonly isRetold?: boolean;
  /** The number of its inbox row. */
  readonly seq?: number;
}

/** What a change of a message is translated with. */
export interface ChangeFacts {
  /** The message that brings the change. */
  readonly told: ToldMessage;
  /** The message that it is about, and what is known of it. */
  readonly target: Target;
  readonly stored: StoredMessage | undefined;
  readonly contacts: Contacts;
  readonly own: Own;
  readonly context: Context;
}
