import type { MessageData } from '@eazewa/sdk/events';
import { messageIdentity } from './identity.ts';
import type { EventDraft, Translation } from './translation.ts';

export function messageCreated(message: MessageData): EventDraft {
  return {
    name: 'message_create',
    data: { message },
    identity: messageIdentity('message_create', message),
    messageId: findableId(message),
  };
}

export function messageReceived(message: MessageData): EventDraft {
  return {
    name: 'message',
    data: { message, media: null },
    identity: messageIdentity('message', message),
    messageId: findableId(message),
  };
}

/**
 * A message that a program asked us to send is there: `message_create`, and when it brings a file `media_uploaded`, since
 * the file was uploaded before the message left.
 */
export function messageSent(message: MessageData): EventDraft[] {
  if (!message.hasMedia) return [messageCreated(message)];
  const uploaded: EventDraft = {
    name: 'media_uploaded',
    data: { message },
    identity: messageIdentity('media_uploaded', message),
    messageId: findableId(message),
  };
  return [messageCreated(message), uploaded];
}

/** The message as it was. */
export function messageRevokedForMe(message: MessageData): EventDraft {
  return {
    name: 'message_revoke_me',
    data: { message },
    identity: messageIdentity('message_revoke_me', message),
    messageId: findableId(message),
  };
}

/** The ack is the message's own. */
export function messageAcked(message: MessageData): EventDraft {
  const { ack } = message;
  return {
    name: 'message_ack',
    data: { ack, message },
    identity: messageIdentity('message_ack', message, ack),
    messageId: findableId(message),
  };
}

/** What an index holds of the id of the message that an event is about. */
function findableId({ id }: MessageData): string {
  return id.id.slice(0, 200);
}

/** Why a row is nothing for receivers; the first word sorts it. */
export type IgnoreReason =
  `${'internal' | 'repeated' | 'not told yet' | 'undecryptable' | 'malformed' | 'unknown'}: ${string}`;

export function ignore(reason: IgnoreReason): Translation {
  return { do: 'ignore', reason };
}
