import type { EventBody, GroupNotificationData, MessageId } from '@eazewa/sdk/events';
import type { ReceivedRequest } from '../../src/delivery/testing/receiver.ts';

/** An event as a webhook was told of it, in a line. */
export interface Told {
  readonly path: string;
  readonly event: EventBody['event'];
  readonly eventId: string;
  /** The contact, or the group. */
  readonly chat: string;
  /** The bare id of the message that it tells, or of the one that it says something about; `""` for neither. */
  readonly about: string;
  /** What happened: lines of different things differ, of the same thing they are the same. */
  readonly line: string;
}

/** What was told of chats, without repetitions, in the order of arrival. */
export function toldOf(requests: readonly ReceivedRequest[]): Told[] {
  const seen = new Set<string>();
  return requests.flatMap(({ path, eventId, body }) => {
    const short = body === null ? null : inShort(body as unknown as EventBody);
    const name = `${path} ${eventId}`;
    if (short === null || body === null || seen.has(name)) return [];
    seen.add(name);
    const event = body.event as EventBody['event'];
    return [{ path, eventId, event, chat: short.chat, about: short.about, line: `${event} ${short.line}` }];
  });
}

interface Short {
  readonly chat: string;
  readonly about: string;
  readonly line: string;
}

function inShort({ event, data }: EventBody): Short | null {
  switch (event) {
    case 'message':
    case 'message_create':
      return about(data.message.id, `${data.message.type} ${JSON.stringify(data.message.body)}`);
    case 'media_uploaded':
      return about(data.message.id, data.message.type);
    case 'message_revoke_me':
      return about(data.message.id, JSON.stringify(data.message.body));
    case 'message_ack':
      return about(data.message.id, String(data.ack));
    case 'message_reaction': {
      const { id, msgId, reaction, senderId } = data.reaction;
      return about(msgId, `${reaction} by ${senderId} as ${id.id}`);
    }
    case 'message_edit':
      return about(
        data.message.id,
        `${JSON.stringify(data.prevBody)} -> ${JSON.stringify(data.newBody)} is ${JSON.stringify(data.message.body)}`,
      );
    case 'message_revoke_everyone':
      return about(
        data.after.id,
        `${JSON.stringify(data.before?.body ?? null)} by ${data.after._data.revokeSender}`,
      );
    case 'vote_update': {
      const { voter, selectedOptions, parentMsgKey } = data.vote;
      return about(parentMsgKey, `${selectedOptions.map(({ name }) => name).join()} by ${voter}`);
    }
    case 'group_join':
    case 'group_leave':
    case 'group_update':
      return { chat: data.notification.chatId, about: '', line: groupLine(data.notification) };
    case 'call': {
      const { id, from, isVideo, isGroup } = data.call;
      // Which group calls is not told.
      const chat = isGroup ? `call ${id}` : from;
      return { chat, about: '', line: `${id} from ${from}${isVideo ? ' with video' : ''}` };
    }
    // The connection's, which belong to no chat.
    case 'loading_screen':
    case 'qr':
    case 'authenticated':
    case 'auth_failure':
    case 'ready':
    case 'disconnected':
    case 'change_state':
      return null;
  }
}

function about({ id, remote }: MessageId, line: string): Short {
  return { chat: remote, about: id, line: `${id} ${line}` };
}

/** Members in the order of their numbers: nobody says in which order they were changed. */
function groupLine({ type, body, author, recipientIds }: GroupNotificationData): string {
  return `${type} ${JSON.stringify(body)} by ${author} of ${recipientIds.toSorted().join()}`;
}
