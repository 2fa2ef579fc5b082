import { createHash } from 'node:crypto';
import type { EventName, MessageAck, MessageData, MessageId } from '@eazewa/sdk/events';

/**
 * The identity of an event of a message: chat, sender, direction, message id and event name; an ack adds its level.
 * Two drafts with the same identity are the same event, whatever stanza they came in.
 *
 * Chat and sender are canonical: the phone form when it is known at the first sight of the message, else the LID. When
 * the pair of both is learned only later, the stored message still has the first form, and whoever finds it under one of
 * its addresses (`stored-message.ts`) goes on with that, so the identity does not change. Only a message that comes
 * first as LID and then as phone number, while nobody ever told that both are one person, counts twice.
 */
export function messageIdentity(name: EventName, message: MessageData, ack?: MessageAck): string {
  const { id, from, author } = message;
  const sender = author ?? from;
  return identityOf([name, id.remote, sender, id.fromMe, id.id, ...(ack === undefined ? [] : [ack])]);
}

/**
 * The identity of a reaction, an edit or a vote: that of the message it came in. `version` tells those apart that come
 * under one id, such as the edits of a channel's message.
 */
export function changeIdentity(
  name: EventName,
  id: MessageId,
  senderId: string,
  version: number | null = null,
): string {
  const parts = [name, id.remote, senderId, id.fromMe, id.id];
  return identityOf(version === null ? parts : [...parts, version]);
}

/** The identity that these parts make together. */
export function identityOf(parts: readonly (string | number | boolean)[]): string {
  const text = JSON.stringify(parts);
  // What an index can hold; peers choose their ids.
  return text.length <= 250 ? text : createHash('sha256').update(text).digest('base64url');
}
