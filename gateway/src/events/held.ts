import type { MessageData } from '@eazewa/sdk/events';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import type { Change } from './change.ts';
import { contactsOf, type Contacts } from './contacts.ts';
import { unwrapped } from './content.ts';
import { incompleteData } from './incomplete.ts';
import { isTaken, toStored } from './stored-message.ts';
import { wiresOf } from './target.ts';
import type { Context, HeldChange, StoredMessage, Translation } from './translation.ts';

export type Recorded = Extract<Translation, { do: 'record' }>;

/** How `told.ts` translates, which tells what was held. */
type Tell = (told: ToldMessage, contacts: Contacts, context: Context) => Translation;

/** The content of the message may still come, and what is said about it should not come before. */
export function isAwaited({ data, isGivenUp }: StoredMessage): boolean {
  return data.type === 'ciphertext' && data._data.incomplete === true && isGivenUp !== true;
}

/** Nobody knows the content of the message, so neither its secret. */
export function lacksContent(stored: StoredMessage | undefined): boolean {
  return stored === undefined || (isIncomplete(stored.data) && stored.data.type !== 'revoked');
}

/** Keeps what is said about a message whose content may still come; when that is too much, the content is given up. */
export function hold({ key }: Change, { told, contacts }: ChangeFacts, stored: StoredMessage): Recorded {
  const held = withChange(stored.held, heldChange(told, contacts, key.participant));
  const isFull = held.length > heldMax;
  const message: StoredMessage = { ...stored, held, ...(isFull && { isGivenUp: true }) };
  return { do: 'record', events: [], messages: [message] };
}

/**
 * Each one more writes all of them anew, and strangers choose how many there are: beyond this they are told without the
 * message, and what is encrypted stays parked only.
 */
const heldMax = 100;

/** Keeps what is encrypted under a secret that is not known yet; its row stays visible, with the reason. */
export function holdSealed(
  { key }: Change,
  { told, target, stored, contacts, own, context }: ChangeFacts,
  reason: string,
): Translation {
  const { id } = target;
  const { timestamp } = told;
  const unseen = () =>
    incompleteData({ id, address: target, ack: 1, timestamp, type: 'unknown', contacts, own });
  const known = stored ?? toStored(unseen());
  const sealed = withChange(known.sealed, {
    ...heldChange(told, contacts, key.participant),
    ...parkedIn(told),
  });
  const message = { ...known, sealed };
  if (sealed.length > heldMax || isTaken(message, context, contacts)) return { do: 'ignore', reason };
  return { do: 'record', events: [], messages: [message], note: reason, isParked: true };
}

function parkedIn({ seq }: ToldMessage): Pick<HeldChange, 'parkedSeq'> {
  return seq === undefined ? {} : { parkedSeq: seq };
}

function withChange(changes: readonly HeldChange[] = [], change: HeldChange): HeldChange[] {
  return [...changes.filter(({ id }) => id !== change.id), change];
}

function heldChange(told: ToldMessage, contacts: Contacts, participant: string | null): HeldChange {
  const { id, address, timestamp, notifyName } = told;
  const people = [address.chat, address.sender, ...(participant === null ? [] : [participant])];
  return {
    id,
    address,
    timestamp,
    ...(notifyName === undefined ? {} : { notifyName }),
    content: told.unwrapped.content,
    pairs: people.flatMap((person) => {
      const [phone, lid] = wiresOf(person, contacts);
      return phone === undefined || lid === undefined ? [] : [{ phone, lid }];
    }),
  };
}

/** The translation of a message, and then of all that was held for it. */
export function withHeld(result: Recorded, context: Context, tell: Tell): Recorded {
  const [message] = result.messages;
  if (message === undefined) return result;
  const isWhole = !isIncomplete(message.data);
  const held = isAwaited(message) ? [] : (message.held ?? []);
  const sealed = isWhole ? (message.sealed ?? []) : [];
  if (held.length === 0 && sealed.length === 0) return result;
  const messages = [without(message, held, sealed), ...result.messages.slice(1)];
  let all: Recorded = { ...result, messages };
  for (const change of [...held, ...sealed]) all = withChangeTold(all, change, context, tell);
  return all;
}

function withChangeTold(all: Recorded, change: HeldChange, context: Context, tell: Tell): Recorded {
  const next = tellHeld(change, withMessages(context, all.messages), tell);
  if (next.do !== 'record') return { ...all, note: next.reason };
  const unparked = change.parkedSeq === undefined || next.isParked === true ? [] : [change.parkedSeq];
  return {
    ...all,
    events: [...all.events, ...next.events],
    messages: merged(all.messages, next.messages),
    unparked: [...(all.unparked ?? []), ...unparked],
  };
}

/** The message without what is told now. */
function without(
  { held, sealed, ...message }: StoredMessage,
  toldNow: readonly HeldChange[],
  opened: readonly HeldChange[],
): StoredMessage {
  return {
    ...message,
    ...(held === undefined || toldNow.length > 0 ? {} : { held }),
    ...(sealed === undefined || opened.length > 0 ? {} : { sealed }),
  };
}

function tellHeld(change: HeldChange, context: Context, tell: Tell): Translation {
  const { id, address, timestamp, notifyName, content, pairs } = change;
  const told = { id, address, timestamp, notifyName, unwrapped: unwrapped(content) };
  return tell(told, contactsOf(pairs, context), context);
}

/** The context as it is when these messages are stored. */
export function withMessages(context: Context, changed: readonly StoredMessage[]): Context {
  const messages = new Map(context.messages);
  for (const known of changed) messages.set(`${known.fromMe}_${known.id}`, known);
  return { ...context, messages };
}

/** The newest of each message. */
export function merged(one: readonly StoredMessage[], other: readonly StoredMessage[]): StoredMessage[] {
  const isNewer = (message: StoredMessage) =>
    other.some(({ id, fromMe }) => id === message.id && fromMe === message.fromMe);
  return [...one.filter((message) => !isNewer(message)), ...other];
}

function isIncomplete({ _data }: MessageData): boolean {
  return _data.incomplete === true;
}
