import type { OutboxStore, Delivery, Settlement } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Clock } from '../clock.ts';
import { AttemptHistory } from './attempt-history.ts';
import type { AttemptResult, Response, Silence } from './attempt-result.ts';
import { largeBodyBytes } from './body-room.ts';
import { afterAttempt, beforeAttempt } from './decisions.ts';
import type { Lane } from './lane.ts';
import type { Logger } from './logger.ts';
import type { RoomWanted } from './room-line.ts';
import type { StoreOutage } from './store-outage.ts';
import { targetOf } from './target.ts';
import type { WebhookRequest } from './webhook-request.ts';

/** What an attempt needs; the same for all lanes. */
export interface AttemptContext {
  readonly store: OutboxStore;
  readonly outage: StoreOutage;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
  /** False while the store is down or the gateway stops. */
  readonly maySend: () => boolean;
  readonly webhook: (id: number) => Webhook | undefined;
  readonly send: (request: WebhookRequest, signal: AbortSignal) => Promise<AttemptResult>;
  /** Told of each result, before it is settled. */
  readonly onResult: (attempt: FinishedAttempt) => void;
}

export interface FinishedAttempt {
  readonly delivery: Delivery;
  readonly url: string;
  readonly result: AttemptResult;
  /** Since the end of the attempt before, when that had no response and is remembered. */
  readonly sinceSilenceMs: number | null;
}

/**
 * When the lane wants its next turn: as soon as it can have one if it has work, after a wait, when the file of its
 * head is there, or when there is room for its body.
 */
export type NextTurn = { readonly waitMs: number } | 'soon' | 'media' | { readonly roomFor: RoomWanted };

/** What the lanes beside it make of a turn. */
export interface TurnParts {
  /** It or its receiver had no response before. */
  readonly isFailing: boolean;
  /** Whether another lane waits for the place. */
  readonly isPlaceWanted: () => boolean;
}

/**
 * One turn of a lane: its oldest delivery is attempted once, and what follows from the result is done.
 */
export async function attemptHead(
  lane: Lane,
  { isFailing, isPlaceWanted }: TurnParts,
  context: AttemptContext,
): Promise<NextTurn> {
  const { outage, store, clock } = context;
  const head = lane.headInMemory ?? (await outage.through(() => lane.head(store)));
  if (head === null || !context.maySend()) return 'soon';
  const roomFor = roomWanted(lane, head, isFailing, context);
  if (roomFor !== null) return { roomFor };
  const body = head.media === 'inline' ? await outage.through(() => store.ownBody(head.id)) : head.body;
  if (!context.maySend()) return 'soon';
  if (lane.history?.deliveryId !== head.id) lane.history = null;

  const before = beforeAttempt(head, context.webhook(head.webhookId));
  if (before.do === 'drop') {
    await settle(lane, head, unsent('dropped', before.reason), context);
    return 'soon';
  }

  if (before.do === 'wait') return 'soon';
  if (head.media === 'wanted') return 'media';
  if (body === null) {
    await settle(lane, head, unsent('parked', 'body_gone'), context);
    return 'soon';
  }

  const { webhook } = before;
  const attemptsBefore = lane.history?.attempts ?? head.attempts;
  const sinceSilenceMs = lane.silentAt === null ? null : clock.monotonic() - lane.silentAt;
  const request = requestOf({ ...head, body }, webhook, attemptsBefore + 1, isFailing);
  const result = await attempt(lane, request, head, context);
  lane.silentAt = result.outcome === 'silence' ? clock.monotonic() : null;
  context.onResult({ delivery: head, url: webhook.url, result, sinceSilenceMs });
  const ageMs = clock.now() - head.createdAt;
  const { retry } = webhook.options;
  const after = afterAttempt(result, { retry, attemptsBefore, ageMs, random: context.random() });
  switch (after.do) {
    case 'settle':
      if (result.outcome === 'silence') remember(lane, head, result, clock);
      // Nothing goes on after it: its end may share the sync of what comes next.
      await settle(lane, head, after, context, lane.hasNext || isPlaceWanted());
      return 'soon';
    case 'repeat':
      if (remember(lane, head, after.result, clock).isDue(clock.monotonic()))
        void writeHistory(lane, context);
      lane.unloadRest();
      return { waitMs: after.inMs };
    case 'put_off':
      return after.inMs === 0 ? 'soon' : { waitMs: after.inMs };
    default:
      return after satisfies never;
  }
}

/** Null when its body is small, the lane has room for it, or it is not sent now. */
function roomWanted(
  lane: Lane,
  head: Delivery,
  isFailing: boolean,
  context: AttemptContext,
): RoomWanted | null {
  const { requestBytes: bytes, eventName } = head;
  if (bytes <= largeBodyBytes || (lane.room?.bytes ?? 0) >= bytes) return null;
  const before = beforeAttempt(head, context.webhook(head.webhookId));
  if (before.do !== 'send' || head.media === 'wanted') return null;
  const { url } = before.webhook;
  return { bytes, host: targetOf(url)?.hostAndPort ?? url, isFailing, eventName };
}

function remember(lane: Lane, head: Delivery, result: Silence | Response, clock: Clock): AttemptHistory {
  lane.history ??= new AttemptHistory(head);
  lane.history.add(result, clock.now());
  return lane.history;
}

/** Writes down the attempts of a lane's head that are not yet; resolves when they are. */
export async function writeHistory(lane: Lane, { outage, store, clock, log }: AttemptContext): Promise<void> {
  if (lane.history === null || lane.history.isWritten) return;
  const attempts = lane.history.take(clock.monotonic());
  try {
    await outage.through(() => store.logAttempts(attempts));
  } catch (error) {
    // Only the log has a gap; the delivery itself is not affected.
    log.warn({ err: error, deliveryId: attempts.deliveryId }, 'attempts could not be written down');
  }
}

function requestOf(
  { eventId, body, replayId }: Delivery,
  { url, options, secrets }: Webhook & { readonly url: string },
  attempt: number,
  isFailing: boolean,
): WebhookRequest {
  return { url, options, secrets, eventId, attempt, body, isReplay: replayId !== null, isFailing };
}

function attempt(
  lane: Lane,
  request: WebhookRequest,
  head: Delivery,
  { send }: AttemptContext,
): Promise<AttemptResult> {
  lane.current = head;
  if (lane.abort.signal.aborted) lane.abort = new AbortController();
  return send(request, lane.abort.signal);
}

type End = Pick<Settlement, 'state' | 'reason' | 'status' | 'response' | 'durationMs'>;

function unsent(state: End['state'], reason: string): End {
  return { state, reason, status: null, response: null, durationMs: null };
}

async function settle(
  lane: Lane,
  head: Delivery,
  { state, reason, status, response, durationMs }: End,
  { outage, store, clock }: AttemptContext,
  isAwaited = true,
): Promise<void> {
  const log = lane.history?.take(clock.monotonic());
  const made = log?.attempts ?? head.attempts;
  const settlement: Settlement = {
    deliveryId: head.id,
    state,
    reason,
    status,
    response,
    durationMs,
    attempts: status === null ? made : made + 1,
    runs: log?.runs ?? [],
    settledAt: clock.now(),
  };
  await outage.through(() => store.settle(settlement, isAwaited));
  lane.shift();
}
