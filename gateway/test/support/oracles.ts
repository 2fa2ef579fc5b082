import type { Simulator } from '@eazewa/simulator';
import type { ReceivedRequest } from '../../src/delivery/testing/receiver.ts';
import type { StoreReader } from './store-reader.ts';

/** A message as a webhook was told of it. */
export interface ToldMessage {
  readonly path: string;
  readonly lane: string;
  readonly event: string;
  readonly eventId: string;
  readonly text: string;
  readonly messageId: string;
}

/** Every `message` and `message_create` that came, repetitions included. */
export function toldMessages(requests: readonly ReceivedRequest[]): ToldMessage[] {
  return requests.flatMap(({ path, lane, eventId, body }) => {
    if (body?.event !== 'message' && body?.event !== 'message_create') return [];
    const { message } = body.data as { message: { body: string; id: { id: string } } };
    return [{ path, lane, eventId, event: body.event, text: message.body, messageId: message.id.id }];
  });
}

export interface ToldAck {
  readonly path: string;
  readonly eventId: string;
  readonly messageId: string;
  readonly ack: number;
}

/** Every `message_ack` that came, repetitions included. */
export function toldAcks(requests: readonly ReceivedRequest[]): ToldAck[] {
  return requests.flatMap(({ path, eventId, body }) => {
    if (body?.event !== 'message_ack') return [];
    const { message, ack } = body.data as { message: { id: { id: string } }; ack: number };
    return [{ path, eventId, messageId: message.id.id, ack }];
  });
}

/** What one writer wrote is numbered: its text ends with a number that grows. Who came before an earlier one of its chat. */
export function disorder(requests: readonly ReceivedRequest[]): string[] {
  const byWriter = Map.groupBy(toldMessages(requests), ({ lane, event, text }) =>
    JSON.stringify([lane, event, writerOf(text)]),
  );
  return [...byWriter].flatMap(([writer, messages]) => {
    const numbers = [...new Set(messages.map(({ text }) => numberOf(text)))];
    return numbers.flatMap((number, index) => {
      const before = numbers[index - 1] ?? 0;
      return before > number ? [`${writer}: ${before} came before ${number}`] : [];
    });
  });
}

/** `Carol to Shop 17` -> `Carol to Shop` */
export function writerOf(text: string): string {
  return text.replace(/ \d+$/, '');
}

export function numberOf(text: string): number {
  return Number(text.split(' ').at(-1));
}

/** Messages that were told as more than one event. */
export function splitIdentities(requests: readonly ReceivedRequest[]): string[] {
  const byText = Map.groupBy(toldMessages(requests), ({ path, event, text }) => `${path} ${event} "${text}"`);
  return [...byText].flatMap(([name, told]) => {
    const count = new Set(told.map(({ eventId }) => eventId)).size;
    return count === 1 ? [] : [`${name} came as ${count} different events`];
  });
}

/** Levels of one message that were told in another order than they are reached, or as two events. */
export function ackDisorder(requests: readonly ReceivedRequest[]): string[] {
  const byMessage = Map.groupBy(toldAcks(requests), ({ path, messageId }) => `${path} ${messageId}`);
  return [...byMessage].flatMap(([message, acks]) => {
    const levels = [...new Map(acks.map(({ eventId, ack }) => [eventId, ack])).values()];
    const isGrowing = levels.every((level, index) => index === 0 || level > (levels[index - 1] ?? 0));
    return isGrowing ? [] : [`${message}: acks came as ${levels.join(', ')}`];
  });
}

/**
 * The number that an attempt bears never falls, unless a kill took the count along. It may stay: a connection that was
 * kept open and turns out to be dead is replaced within the same attempt.
 */
export function attemptNumbers(requests: readonly ReceivedRequest[], kills: readonly number[]): string[] {
  const byEvent = Map.groupBy(requests, ({ path, eventId }) => `${path} ${eventId}`);
  return [...byEvent].flatMap(([event, attempts]) =>
    attempts.slice(1).flatMap((attempt, index) => {
      const before = attempts[index] ?? attempt;
      const isKill = kills.some((at) => at >= before.openedAt && at <= attempt.openedAt);
      const isFine = isKill || attempt.attempt >= before.attempt;
      return isFine ? [] : [`${event}: attempt ${attempt.attempt} came after ${before.attempt}`];
    }),
  );
}

interface LoggedDelivery {
  readonly event_id: string;
  readonly state: string;
  readonly status: number | null;
  readonly attempts: number;
}

/**
 * Compares what the gateway wrote down with what the receiver saw. Each event has one webhook here. An attempt that a kill
 * ended is not written down, nor is one that never got through seen.
 */
export async function untrueLog(
  store: StoreReader,
  requests: readonly ReceivedRequest[],
  kills: readonly number[],
): Promise<string[]> {
  const rows = await store.all<LoggedDelivery>('select event_id, state, status, attempts from deliveries');
  const seen = Map.groupBy(requests, ({ eventId }) => eventId);
  return rows.flatMap((row) => {
    const attempts = seen.get(row.event_id) ?? [];
    const name = `delivery of ${row.event_id}`;
    const answer = attempts.findLast(({ status }) => status !== null)?.status ?? null;
    if (row.state === 'pending') return [];
    const state = answer !== null && answer >= 200 && answer < 300 ? 'delivered' : 'rejected';
    if (answer !== row.status || state !== row.state) {
      return [`${name}: logged as ${row.state} with ${row.status}, answered with ${answer}`];
    }
    const killed = kills.filter((at) => attempts.some(({ openedAt }) => openedAt <= at)).length;
    const replaced = attempts.filter(({ attempt }, index) => attempt === attempts[index - 1]?.attempt).length;
    return attempts.length <= row.attempts + killed + replaced
      ? []
      : [`${name}: ${attempts.length} attempts seen, ${row.attempts} logged, ${killed} kills`];
  });
}

/** Events of which an attempt timed out, as the gateway's log has it: on a busy machine an answer may come too late. */
export async function timedOut(store: StoreReader): Promise<Set<string>> {
  const rows = await store.all<{ event_id: string }>(
    "select event_id from deliveries join attempts on delivery_id = id where attempts.reason = 'timeout'",
  );
  return new Set(rows.map(({ event_id }) => event_id));
}

/** Rows of the inbox that are neither done nor gone, and what the gateway could not read or missed. */
export async function rowsLeft(store: StoreReader): Promise<string[]> {
  const rows = await store.all<{ seq: number; kind: string; state: string; note: string | null }>(
    "select seq, kind, state, note from inbox where state <> 'done' or own_work = 1",
  );
  const unread = await store.all<{ message_id: string; reason: string }>(
    'select message_id, reason from placeholders',
  );
  const gaps = await store.all<{ kind: string; announced: number; received: number }>('select * from gaps');
  return [
    ...rows.map(({ seq, kind, state, note }) => `inbox row ${seq} (${kind}) is ${state}: ${note ?? ''}`),
    ...unread.map(({ message_id, reason }) => `message ${message_id} could not be read at once: ${reason}`),
    ...gaps.map(
      ({ kind, announced, received }) => `WhatsApp announced ${announced} ${kind}s, ${received} came`,
    ),
  ];
}

/** What the gateway asked WhatsApp for again, or refused: nothing of that is needed to survive a crash. */
export function askedAgain({ counters }: Simulator): string[] {
  const { retryReceiptsFromCompanions: retries, negativeAcks } = counters;
  return [
    ...(retries > 0 ? [`${retries} messages were asked for again`] : []),
    ...(negativeAcks > 0 ? [`${negativeAcks} messages were refused`] : []),
  ];
}
