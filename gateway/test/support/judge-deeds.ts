import type { EventName } from '@eazewa/sdk/events';
import type { Deeds, Expected } from './deeds.ts';
import type { Told } from './told.ts';

/** What is broken of what phones did and the number's webhook was told, in words. */
export interface Judgement {
  /** What was done and never told. */
  readonly lost: readonly string[];
  /** What was told and never done, or more often than it was done. */
  readonly added: readonly string[];
  /** What was told in another order than it was done, or before the message that it is about. */
  readonly reordered: readonly string[];
}

/** Events whose place in the chat is not that of the phones' deeds. */
const placed: ReadonlySet<EventName> = new Set(['message_ack', 'media_uploaded', 'message_revoke_me']);

export interface JudgeOptions {
  /** Whether a line is of a message that a program asked to send: its place follows from WhatsApp's answers. */
  readonly isAsked?: (line: string) => boolean;
  /** What must be in order: everything in a chat, or, when some of it could not be read at first, what is about one message. */
  readonly orderOf?: 'chat' | 'message';
}

/** Compares, chat by chat, what was told at one path with what was done. */
export function judgeDeeds(
  told: readonly Told[],
  deeds: Pick<Deeds, 'expected' | 'unordered'>,
  { isAsked = () => false, orderOf = 'chat' }: JudgeOptions = {},
): Judgement {
  const inOrder = told.filter(({ event, line }) => !placed.has(event) && !isAsked(line));
  const others = told.filter(({ event }) => event === 'message_revoke_me');
  // The second word of a line is the id of the message.
  const laneOf = ({ chat, line }: Expected) => (orderOf === 'chat' ? chat : `${chat} ${line.split(' ')[1]}`);
  const wanted = Map.groupBy(deeds.expected, laneOf);
  const came = Map.groupBy(inOrder, laneOf);
  const chats = [...new Set([...wanted.keys(), ...came.keys()])].map((chat) => ({
    chat,
    expected: linesOf(wanted.get(chat)),
    actual: linesOf(came.get(chat)),
  }));
  const unordered = {
    chat: 'the settings',
    expected: linesOf(deeds.unordered).toSorted(),
    actual: linesOf(others).toSorted(),
  };
  return {
    lost: [...chats, unordered].flatMap(({ chat, expected, actual }) =>
      without(expected, actual).map((line) => `${chat}: "${line}" was not told`),
    ),
    added: [...chats, unordered].flatMap(({ chat, expected, actual }) =>
      without(actual, expected).map(
        (line) => `${chat}: "${line}" was told and was not done, or not as often`,
      ),
    ),
    reordered: [...chats.flatMap(disorderIn), ...tooEarly(told)],
  };
}

function linesOf(list: readonly Pick<Expected, 'line'>[] = []): string[] {
  return list.map(({ line }) => line);
}

/** What of the first list is left when each of the second has taken one away. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
}

function disorderIn(lines: {
  chat: string;
  expected: readonly string[];
  actual: readonly string[];
}): string[] {
  const { chat, expected, actual } = lines;
  const lost = new Set(without(expected, actual));
  const added = new Set(without(actual, expected));
  const done = expected.filter((line) => !lost.has(line) && !added.has(line));
  const told = actual.filter((line) => !lost.has(line) && !added.has(line));
  const place = told.findIndex((line, index) => line !== done[index]);
  return place < 0 ? [] : [`${chat}: "${told[place]}" was told before "${done[place]}"`];
}

/** What came as several events; only votes and changes of members can happen twice in the same words. */
export function toldTwice(told: readonly Told[]): string[] {
  const once = told.filter(({ event }) => event !== 'vote_update' && !event.startsWith('group_'));
  return [...Map.groupBy(once, ({ path, line }) => `${path} ${line}`)].flatMap(([line, events]) =>
    events.length === 1 ? [] : [`${line} came as ${events.length} different events`],
  );
}

/** What was told about a message before the message. */
export function tooEarly(told: readonly Told[]): string[] {
  const known = new Set<string>();
  return told.flatMap(({ path, event, about, line }) => {
    if (event === 'message_create') known.add(`${path} ${about}`);
    return about === '' || known.has(`${path} ${about}`) ? [] : [`"${line}" was told before its message`];
  });
}
