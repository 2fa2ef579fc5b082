import { contactId, formatMessageId } from '../jid.ts';
import { identityOf } from './identity.ts';
import type { EventDraft } from './translation.ts';

/** One thing that happened in a group, as receivers see it. */
export interface GroupNews {
  readonly event: 'group_join' | 'group_leave' | 'group_update';
  readonly type: string;
  readonly body: string;
  /** Contact id of who did it; null when that is not known. */
  readonly author: string | null;
  /** Contact ids of whom it was done to. */
  readonly recipientIds: readonly string[];
}

/** Where the news was told: in which notification, and as the how-manieth of it, from 0. */
export interface ToldIn {
  /** Wire jid of the group. */
  readonly chat: string;
  readonly id: string;
  readonly index: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/**
 * The event of one change. Of several in one notification each has an id of its own, since receivers tell events apart
 * by them: the first one that of the stanza, the second `<id>-2`.
 */
export function groupEvent(news: GroupNews, { chat, id, index, timestamp }: ToldIn): EventDraft {
  const { event, type, body, author, recipientIds } = news;
  const chatId = contactId(chat);
  const notificationId = formatMessageId({
    // WhatsApp Web's `WAWebGroupSystemMsg` says so also of what the own number did.
    fromMe: false,
    remote: chatId,
    id: index === 0 ? id : `${id}-${index + 1}`,
    participant: whoseId(news),
  });
  return {
    name: event,
    data: {
      notification: {
        id: notificationId,
        body,
        type,
        timestamp,
        chatId,
        ...(author === null ? {} : { author }),
        recipientIds,
      },
    },
    // Not by people: the same notification may come again when more is known of who they are.
    identity: identityOf([event, chatId, id, index]),
  };
}

/** As WhatsApp Web has it: of one member who comes, goes or changes its role it is that one, else who did it. */
function whoseId({ type, author, recipientIds }: GroupNews): string | undefined {
  const [only, second] = recipientIds;
  if (memberChanges.has(type) && second === undefined && only !== undefined) return only;
  return author ?? undefined;
}

const memberChanges = new Set(['add', 'invite', 'linked_group_join', 'remove', 'leave', 'promote', 'demote']);
