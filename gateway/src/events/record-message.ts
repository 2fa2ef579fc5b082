import type { MessageAck } from '@eazewa/sdk/events';
import type { MessageAddress } from './address.ts';
import type { Contacts } from './contacts.ts';
import type { Unwrapped } from './content.ts';
import { ignore, messageCreated, messageReceived } from './drafts.ts';
import { messageData } from './message-data.ts';
import { kindOfContent } from './message-type.ts';
import { storedMessage, toStored } from './stored-message.ts';
import type { Context, Translation } from './translation.ts';

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
  readonly hasReaction?: boolean | undefined;
}

/** The events of a message that is not recorded yet. */
export function recordMessage(told: ToldMessage, contacts: Contacts, context: Context): Translation {
  const {
    id,
    address,
    unwrapped,
    timestamp,
    notifyName,
    isLate = false,
    isPast = false,
    hasReaction = false,
  } = told;
  const kind = kindOfContent(unwrapped.content);
  if (kind.is === 'silent') return ignore(kind.reason);
  const known = storedMessage(context, contacts, { id, ...address })?.data;
  if (known !== undefined && known._data.incomplete !== true)
    return ignore('repeated: the message is recorded');
  // An ack may have come before its message; what the server passes on has reached the server.
  const ack = known?.ack ?? told.ack ?? 1;
  const { own } = context;
  const data = messageData({
    own,
    contacts,
    address,
    id,
    ack,
    timestamp,
    notifyName,
    unwrapped,
    kind,
    isLate,
    isPast,
    hasReaction,
  });
  return {
    do: 'record',
    events: address.fromMe ? [messageCreated(data)] : [messageCreated(data), messageReceived(data)],
    messages: [toStored(data)],
    resolved: known?.type === 'ciphertext' ? [{ id, fromMe: address.fromMe }] : [],
    late: isLate ? 1 : 0,
  };
}
