import type { MessageAck } from '@eazewa/sdk/events';
import { kindOf, withoutDevice } from '../jid.ts';
import { hasAuthors, messageIdOf, type MessageAddress } from './address.ts';
import { contactsOf, isOwn } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore } from './drafts.ts';
import { giveUpContent, translateTold } from './told.ts';
import type {
  Context,
  EventDraft,
  HistoryRow,
  MessageRef,
  Own,
  PastMessage,
  PastRow,
  StoredMessage,
  Translation,
} from './translation.ts';

/** What the phone tells afterwards: the events of those messages that were missed, marked as late. */
export function translateHistory(row: HistoryRow, context: Context): Translation {
  const events: EventDraft[] = [];
  const resolved: MessageRef[] = [];
  let late = 0;
  const told = messagesOf(row, context, (translation) => {
    events.push(...translation.events);
    resolved.push(...(translation.resolved ?? []));
    late += translation.late ?? 0;
  });
  if ('reason' in told) return { do: 'wait', reason: told.reason };
  const { messages } = told;
  return messages.length === 0 && resolved.length === 0 && events.length === 0
    ? ignore('repeated: everything in this part of the history is recorded')
    : { do: 'record', events, messages, resolved, late };
}

/** What was before the number was linked is stored, so that later events find it, and told to nobody. */
export function translatePastRow(row: PastRow, context: Context): Translation {
  // Nothing of it is still to come.
  const told = messagesOf(row, { ...context, offlineSyncEnded: true }, () => {});
  return 'reason' in told || told.messages.length === 0
    ? ignore('repeated: everything in this part of the history is known')
    : { do: 'record', events: [], messages: told.messages };
}

/** What is to be stored of a row, each message once; what the row says of its own messages finds them. */
function messagesOf(
  row: HistoryRow | PastRow,
  context: Context,
  take: (translation: Extract<Translation, { do: 'record' }>) => void,
): { readonly messages: readonly StoredMessage[] } | { readonly reason: string } {
  const known = new Map(context.messages);
  const changed = new Map<string, StoredMessage>();
  for (const past of row.messages) {
    const translation = translatePast(past, row, { ...context, messages: known });
    if (translation.do === 'wait') return translation;
    if (translation.do !== 'record') continue;
    take(translation);
    for (const message of translation.messages) {
      const key = `${message.fromMe}_${message.id}`;
      known.set(key, message);
      changed.set(key, message);
    }
  }
  return { messages: [...changed.values()] };
}

/** Where a message of the history belongs; null when it does not say who wrote it. */
export function pastAddress(chat: string, past: PastMessage, own: Own): MessageAddress | null {
  const jid = withoutDevice(chat);
  if (jid === null) return null;
  if (past.fromMe) return { chat: jid, sender: own.phone, fromMe: true };
  if (!hasAuthors(jid)) return { chat: jid, sender: jid, fromMe: isOwn(jid, own) };
  const sender = withoutDevice(past.participant ?? '');
  return sender === null ? null : { chat: jid, sender, fromMe: isOwn(sender, own) };
}

function translatePast(past: PastMessage, row: HistoryRow | PastRow, context: Context): Translation {
  const id = messageIdOf(past.id);
  const address = pastAddress(row.chat, past, context.own);
  if (id === null || address === null) return ignore('malformed: a message of the history');
  if (past.content === null) return giveUpContent({ id, address }, context);
  const told = {
    id,
    address,
    unwrapped: unwrap(past.content),
    timestamp: past.timestamp ?? Math.floor(row.receivedAt / 1000),
    notifyName: past.pushName ?? undefined,
    ack: address.fromMe ? ackOf(past.status) : undefined,
    ...(row.kind === 'past' ? { isPast: true, hasReaction: past.hasReaction } : { isLate: true }),
  };
  return translateTold(told, contactsOf([], context), context);
}

/** WAProto counts from 0 for failed, the contract from -1. */
function ackOf(status: number | null): MessageAck | undefined {
  return status === null ? undefined : acks[status];
}

const acks: readonly MessageAck[] = [-1, 0, 1, 2, 3, 4];

/** The people of a row whose other address is wanted. */
export function peopleOf(row: HistoryRow | PastRow): string[] {
  const participants = row.messages.map(({ participant }) => participant ?? '');
  return [row.chat, ...participants].filter((jid) => ['phone', 'lid'].includes(kindOf(jid)));
}
