import { brokenPromises } from '../../src/delivery/testing/receiver.ts';
import type { Phone, PhoneMessage } from '@eazewa/simulator';
import type { Arena } from '../support/arena.ts';
import { judgeDeeds, toldTwice } from '../support/judge-deeds.ts';
import {
  ackDisorder,
  askedAgain,
  attemptNumbers,
  disorder,
  rowsLeft,
  splitIdentities,
  timedOut,
  toldAcks,
  toldMessages,
  numberOf,
  untrueLog,
  writerOf,
} from '../support/oracles.ts';
import { toldOf } from '../support/told.ts';
import type { Asked, Talk } from './talk.ts';

/** What is to be seen at the end of a run. The run was fine when `broken` is empty. */
export interface Verdict {
  /** What phones did that a webhook must be told, and how much of it was told. */
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  /** What was told and was not done, or was done less often. */
  readonly added: number;
  readonly reordered: number;
  /** Requests that repeat an event, and those of them that no silence and no kill explains. */
  readonly duplicates: number;
  readonly unexplainedDuplicates: number;
  /** Messages that programs asked to send, and those that a phone has not got exactly once. */
  readonly apiSent: number;
  readonly apiLost: number;
  /** Messages of programs and own phones whose delivery or reading was not told. */
  readonly acksLost: number;
  readonly undecryptable: number;
  /** Rows of the inbox that are still open or were given up. */
  readonly parked: number;
  readonly requests: number;
  readonly broken: readonly string[];
}

/** Judges by what the phones did and got, what the receiver saw, and what the store has. */
export async function judge(arena: Arena, talk: Talk): Promise<Verdict> {
  const { requests } = arena.receiver;
  const { kills, store, simulator } = arena;
  const asked = new Map<string, Asked>();
  for (const one of talk.asked) asked.set(await one.done, one);
  const { lost, added, reordered: misplaced } = judgeAll(arena, talk);
  const apiLost = misdelivered(talk.asked, simulator.phones, asked);
  const acksLost = missingAcks(arena, talk);
  const reordered = [
    ...misplaced,
    ...disorder(requests),
    ...ackDisorder(requests),
    ...disorderAtPhones(simulator.phones, asked),
  ];
  const unexplained = [
    ...brokenPromises(requests, { kills, timedOut: await timedOut(store) }),
    ...splitIdentities(requests),
    ...toldTwice(toldOf(requests)),
    ...attemptNumbers(requests, kills),
  ];
  const parked = await rowsLeft(store);
  const untrue = await untrueLog(store, requests, kills);
  const secondCodes = arena.numbers.filter((linked) => arena.qrCodes(linked).length > 1);
  const { undecryptable } = simulator.counters;
  return {
    sent: talk.done,
    delivered: talk.done - lost.length,
    lost: lost.length,
    added: added.length,
    reordered: reordered.length,
    duplicates: requests.length - new Set(requests.map(({ path, eventId }) => `${path} ${eventId}`)).size,
    unexplainedDuplicates: unexplained.length,
    apiSent: talk.asked.length,
    apiLost: apiLost.length,
    acksLost: acksLost.length,
    undecryptable,
    parked: parked.length,
    requests: requests.length,
    broken: [
      ...lost,
      ...added,
      ...apiLost,
      ...acksLost,
      ...reordered,
      ...unexplained,
      ...parked,
      ...untrue,
      ...askedAgain(simulator),
      ...secondCodes.map(({ phone }) => `${phone.name} needed a second QR code`),
      ...(undecryptable > 0 ? [`phones could not decrypt ${undecryptable} messages`] : []),
    ],
  };
}

function judgeAll({ receiver, numbers }: Arena, { deeds, asked }: Talk) {
  const told = Map.groupBy(toldOf(receiver.requests), ({ path }) => path);
  const texts = new Set(asked.map(({ text }) => JSON.stringify(text)));
  const isAsked = (line: string) => texts.has(/"[^"]*"$/.exec(line)?.[0] ?? '');
  const all = [...deeds].map(([path, of]) => {
    const name = numbers.find((linked) => linked.path === path)?.phone.name;
    const judged = judgeDeeds(told.get(path) ?? [], of, { isAsked });
    const named = (lines: readonly string[]) => lines.map((line) => `${name}: ${line}`);
    return {
      lost: named(judged.lost),
      added: named(judged.added),
      reordered: named(judged.reordered),
    };
  });
  const created = new Set(
    toldMessages(receiver.requests).flatMap(({ path, event, text }) =>
      event === 'message_create' ? [`${path} ${text}`] : [],
    ),
  );
  const unsent = asked.flatMap(({ path, text }) =>
    created.has(`${path} ${text}`) ? [] : [`"${text}" was not told at ${path}`],
  );
  return {
    lost: [...all.flatMap(({ lost }) => lost), ...unsent],
    added: all.flatMap(({ added }) => added),
    reordered: all.flatMap(({ reordered }) => reordered),
  };
}

/** What a message said when it was sent: it may have been edited or deleted since. */
function wordsOf({ id, text, content }: PhoneMessage, asked: ReadonlyMap<string, Asked>): string | undefined {
  return asked.get(id)?.text ?? text ?? content?.imageMessage?.caption ?? undefined;
}

function misdelivered(
  asked: readonly Asked[],
  phones: readonly Phone[],
  byId: ReadonlyMap<string, Asked>,
): string[] {
  const got = new Map(
    phones.map((phone) => {
      const words = phone.messages.flatMap((message) => (message.fromMe ? [] : [wordsOf(message, byId)]));
      return [phone, Map.groupBy(words, (word) => word)];
    }),
  );
  return asked.flatMap(({ text, to }) =>
    to.flatMap((phone) => {
      const count = got.get(phone)?.get(text)?.length ?? 0;
      return count === 1 ? [] : [`${phone.name} got "${text}" ${count} times`];
    }),
  );
}

/** Programs' messages to one chat, as the phone got them. */
function disorderAtPhones(phones: readonly Phone[], asked: ReadonlyMap<string, Asked>): string[] {
  return phones.flatMap((phone) => {
    const texts = phone.messages.flatMap(({ fromMe, id }) => (fromMe ? [] : (asked.get(id)?.text ?? [])));
    return [...Map.groupBy(texts, writerOf)].flatMap(([writer, of]) =>
      of.flatMap((text, index) => {
        const before = of[index - 1] ?? text;
        return numberOf(before) > numberOf(text)
          ? [`${writer}: ${phone.name} got ${numberOf(text)} late`]
          : [];
      }),
    );
  });
}

/** What all receivers did with a message, its sender must have been told at last. */
function missingAcks({ receiver, numbers, simulator }: Arena, { deeds }: Talk): string[] {
  const highest = new Map<string, number>();
  for (const { messageId, ack } of toldAcks(receiver.requests)) {
    highest.set(messageId, Math.max(ack, highest.get(messageId) ?? 0));
  }
  const isRead = new Map(
    simulator.phones.map((phone) => [
      phone,
      new Set(phone.messages.flatMap(({ id, status }) => (status === 'read' ? [id] : []))),
    ]),
  );
  const own = numbers.flatMap(({ path, phone }) =>
    (deeds.get(path)?.messages ?? []).filter(({ by, isDeleted }) => by === phone && !isDeleted),
  );
  return own.flatMap(({ id, body, to }) => {
    const wanted = to.every((phone) => isRead.get(phone)?.has(id)) ? 3 : 2;
    const told = highest.get(id) ?? 0;
    return told >= wanted ? [] : [`of "${body}" ack ${told} was told, not ${wanted}`];
  });
}
