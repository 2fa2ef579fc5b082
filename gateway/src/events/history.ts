import type { MessageAck } from '@eazewa/sdk/events';
import { kindOf } from '../jid.ts';
import { messageIdOf } from './address.ts';
import { contactsOf } from './contacts.ts';
import { unwrap } from './content.ts';
import { ignore } from './drafts.ts';
import { merged, type Recorded } from './held.ts';
import { pastAddress } from './past-address.ts';
import { changeSteps, type PastPlace, type Step } from './past-changes.ts';
import { giveUpContent, translateTold } from './told.ts';
import type { Context, HistoryRow, Own, PastMessage, PastRow, Translation } from './translation.ts';

/** What the phone tells afterwards: the events of those messages that were missed, marked as late. */
export function translateHistory(row: HistoryRow, context: Context): Translation {
  return (
    translateMessages(row, context) ?? ignore('repeated: everything in this part of the history is recorded')
  );
}

/**
 * What was before the number was linked is stored, so that later events find it, and told to nobody. What came since about
 * such a message, and could not be understood without it, is told.
 */
export function translatePastRow(row: PastRow, context: Context): Translation {
  // Nothing of it is still to come.
  const now = { ...context, offlineSyncEnded: true };
  return translateMessages(row, now) ?? ignore('repeated: everything in this part of the history is known');
}

/** Each message and what was said about it, one after the other; null when nothing of it is new. */
function translateMessages(row: HistoryRow | PastRow, context: Context): Recorded | Waiting | null {
  const messages = new Map(context.messages);
  let all: Recorded | null = null;
  for (const step of row.messages.flatMap((past) => stepsOf(past, row, context.own))) {
    const next = step({ ...context, messages });
    if (next.do === 'wait') return next;
    if (next.do !== 'record') continue;
    for (const message of next.messages) messages.set(`${message.fromMe}_${message.id}`, message);
    all = together(all ?? nothing, next);
  }
  return all;
}

type Waiting = Extract<Translation, { do: 'wait' }>;

const nothing: Recorded = { do: 'record', events: [], messages: [] };

function together(one: Recorded, other: Recorded): Recorded {
  return {
    do: 'record',
    events: [...one.events, ...other.events],
    messages: merged(one.messages, other.messages),
    resolved: [...(one.resolved ?? []), ...(other.resolved ?? [])],
    unparked: [...(one.unparked ?? []), ...(other.unparked ?? [])],
    late: (one.late ?? 0) + (other.late ?? 0),
  };
}

/** What a message of the history brings, in the order in which it is to be told. */
function stepsOf(past: PastMessage, row: HistoryRow | PastRow, own: Own): Step[] {
  const id = messageIdOf(past.id);
  const address = pastAddress(row.chat, past, own);
  if (id === null || address === null) return [];
  const place = { id, address, row };
  const isDeleted = past.deletion !== undefined && past.deletion !== null;
  return [
    ...(isDeleted && past.content === null ? [] : [contentStep(past, place)]),
    ...changeSteps(past, place),
  ];
}

function contentStep(past: PastMessage, { id, address, row }: PastPlace): Step {
  const { content, pushName, status, timestamp, isStarred } = past;
  return (context) => {
    if (content === null) return giveUpContent({ id, address }, context);
    const told = {
      id,
      address,
      unwrapped: unwrap(content),
      timestamp: timestamp ?? Math.floor(row.receivedAt / 1000),
      notifyName: pushName ?? undefined,
      ack: address.fromMe ? ackOf(status) : undefined,
      isStarred,
      isRetold: true,
      ...(row.kind === 'past' ? { isPast: true } : { isLate: true }),
    };
    return translateTold(told, contactsOf([], context), context);
  };
}

/** WAProto counts from 0 for failed, the contract from -1. */
function ackOf(status: number | null): MessageAck | undefined {
  return status === null ? undefined : acks[status];
}

const acks: readonly MessageAck[] = [-1, 0, 1, 2, 3, 4];

/** The people of a row whose other address is wanted. */
export function peopleOf(row: HistoryRow | PastRow): string[] {
  const participants = row.messages.flatMap(({ participant, reactions = [], votes = [], deletion }) => [
    participant ?? '',
    ...[...reactions, ...votes].map((said) => said.participant ?? ''),
    deletion?.by ?? '',
  ]);
  return [row.chat, ...participants].filter((jid) => ['phone', 'lid'].includes(kindOf(jid)));
}
