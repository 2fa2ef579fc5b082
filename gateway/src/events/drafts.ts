import type { MessageData } from '@eazewa/sdk/events';
import { messageIdentity } from './identity.ts';
import type { EventDraft, Translation } from './translation.ts';

export function messageCreated(message: MessageData): EventDraft {
  return { name: 'message_create', data: { message }, identity: messageIdentity('message_create', message) };
}

export function messageReceived(message: MessageData): EventDraft {
  return { name: 'message', data: { message, media: null }, identity: messageIdentity('message', message) };
}

/** The message as it was. */
export function messageRevokedForMe(message: MessageData): EventDraft {
  return {
    name: 'message_revoke_me',
    data: { message },
    identity: messageIdentity('message_revoke_me', message),
  };
}

/** The ack is the message's own. */
export function messageAcked(message: MessageData): EventDraft {
  const { ack } = message;
  return {
    name: 'message_ack',
    data: { ack, message },
    identity: messageIdentity('message_ack', message, ack),
  };
}

/** Why a row is nothing for receivers; the first word sorts it. */
export type IgnoreReason =
  `${'internal' | 'repeated' | 'not told yet' | 'undecryptable' | 'malformed' | 'unknown'}: ${string}`;

export function ignore(reason: IgnoreReason): Translation {
  return { do: 'ignore', reason };
}
