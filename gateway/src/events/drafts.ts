import type { EventData, MessageData, MessageId, ReactionData, VoteData } from '@eazewa/sdk/events';
import { changeIdentity, messageIdentity } from './identity.ts';
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

/** `after` has the id of the message that was deleted. */
export function messageRevoked(after: MessageData, before: MessageData | null): EventDraft {
  return {
    name: 'message_revoke_everyone',
    data: { after, before },
    identity: messageIdentity('message_revoke_everyone', after),
    messageId: findableId(after),
  };
}

/** A reaction is found by the message that it is about. */
export function messageReacted(reaction: ReactionData): EventDraft {
  return {
    name: 'message_reaction',
    data: { reaction },
    identity: changeIdentity('message_reaction', reaction.id, reaction.senderId),
    messageId: findableId({ id: reaction.msgId }),
  };
}

/** `editId` is the id of the edit's own message; `version` tells those apart that come under the id of their message. */
export function messageEdited(
  data: EventData['message_edit'],
  editId: MessageId,
  version: number | null,
): EventDraft {
  const { message } = data;
  const senderId = message.author ?? message.from;
  return {
    name: 'message_edit',
    data,
    identity: changeIdentity('message_edit', editId, senderId, version),
    messageId: findableId(message),
  };
}

/** `voteId` is the id of the vote's own message. */
export function voteUpdated(vote: VoteData, voteId: MessageId): EventDraft {
  return {
    name: 'vote_update',
    data: { vote },
    identity: changeIdentity('vote_update', voteId, vote.voter),
    messageId: findableId(vote.parentMessage),
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
function findableId({ id }: Pick<MessageData, 'id'>): string {
  return id.id.slice(0, 200);
}

/** Why a row is nothing for receivers; the first word sorts it. */
export type IgnoreReason =
  `${'internal' | 'repeated' | 'not told yet' | 'undecryptable' | 'malformed' | 'unknown'}: ${string}`;

export function ignore(reason: IgnoreReason): Translation {
  return { do: 'ignore', reason };
}
