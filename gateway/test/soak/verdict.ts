import { brokenPromises } from '../../src/delivery/testing/receiver.ts';
import type { Phone } from '@eazewa/simulator';
import type { Arena } from '../support/arena.ts';
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
import type { Talk } from './talk.ts';

/** What is to be seen at the end of a run. The run was fine when `broken` is empty. */
export interface Verdict {
  /** Texts that phones wrote, and how many of them a webhook was told of. */
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  readonly reordered: number;
  /** Requests that repeat an event, and those of them that no silence and no kill explains. */
  readonly duplicates: number;
  readonly unexplainedDuplicates: number;
  /** Messages that programs asked to send, and those that a phone has not got exactly once. */
  readonly apiSent: number;
  readonly apiLost: number;
  /** Program messages whose delivery or reading was not told. */
  readonly acksLost: number;
  readonly undecryptable: number;
  /** Rows of the inbox that are still open or were given up. */
  readonly parked: number;
  readonly requests: number;
  readonly broken: readonly string[];
}

/** Judges by what the phones wrote and got, what the receiver saw, and what the store has. */
export async function judge(arena: Arena, talk: Talk): Promise<Verdict> {
  const { requests } = arena.receiver;
  const { kills, store, simulator } = arena;
  const told = new Set(toldMessages(requests).map(({ path, event, text }) => `${path} ${event} ${text}`));
  const lost = talk.written
    .filter(({ path, event, text }) => !told.has(`${path} ${event} ${text}`))
    .map(({ path, text }) => `"${text}" was not told at ${path}`);
  const apiLost = misdelivered(talk);
  const acksLost = missingAcks(arena, talk);
  const reordered = [...disorder(requests), ...ackDisorder(requests), ...disorderAtPhones(simulator.phones)];
  const unexplained = [
    ...brokenPromises(requests, { kills, timedOut: await timedOut(store) }),
    ...splitIdentities(requests),
    ...attemptNumbers(requests, kills),
  ];
  const parked = await rowsLeft(store);
  const untrue = await untrueLog(store, requests, kills);
  const secondCodes = arena.numbers.filter((linked) => arena.qrCodes(linked).length > 1);
  const { undecryptable } = simulator.counters;
  return {
    sent: talk.written.length,
    delivered: talk.written.length - lost.length,
    lost: lost.length,
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

function misdelivered({ asked }: Talk): string[] {
  return asked.flatMap(({ text, to }) =>
    to.flatMap((phone) => {
      const count = phone.messages.filter((message) => !message.fromMe && message.text === text).length;
      return count === 1 ? [] : [`${phone.name} got "${text}" ${count} times`];
    }),
  );
}

/** A program's messages to one chat, as the phone got them. */
function disorderAtPhones(phones: readonly Phone[]): string[] {
  return phones.flatMap((phone) => {
    const texts = phone.messages.flatMap(({ fromMe, text }) => (fromMe || text === undefined ? [] : [text]));
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

/** What a contact did with a message, its sender must have been told at last. */
function missingAcks(arena: Arena, { asked }: Talk): string[] {
  const highest = new Map<string, number>();
  for (const { messageId, ack } of toldAcks(arena.receiver.requests)) {
    highest.set(messageId, Math.max(ack, highest.get(messageId) ?? 0));
  }
  return asked.flatMap(({ text, to, isGroup }) => {
    const message = to[0]?.messages.find((message) => message.text === text);
    // In a group it depends on everybody.
    if (isGroup) return [];
    const wanted = message?.status === 'read' ? 3 : 2;
    const told = highest.get(message?.id ?? '') ?? 0;
    return told >= wanted ? [] : [`of "${text}" ack ${told} was told, not ${wanted}`];
  });
}
