export { DataError } from '../database/database.ts';

/** What the scheduler needs of the store; `delivery-store.ts` keeps it in the database. */
export interface OutboxStore {
  /** Webhooks that have waiting deliveries, in the order of their ids, from the one after `after`. */
  webhooksWaiting(after: number, limit: number): Promise<number[]>;
  /**
   * Lanes of a webhook that have waiting deliveries, in the order of their numbers, from the one after `after`
   * (null: from the first). Those of one track only.
   */
  lanesWaiting(webhookId: number, track: Track, after: number | null, limit: number): Promise<WaitingLane[]>;
  /** The oldest waiting deliveries of a lane, oldest first. */
  heads(webhookId: number, lane: number, limit: number): Promise<Delivery[]>;
  /** Ends a delivery, durably when it resolves. Safe to repeat. `isAwaited` as for a commit. */
  settle(settlement: Settlement, isAwaited?: boolean): Promise<void>;
  /** Gives a delivery that wants a file its body, for good: its own, or null for that of the event. Safe to repeat. */
  freeze(deliveryId: number, body: Uint8Array | null): Promise<void>;
  /** The body of a delivery that has its own; null when it is gone. */
  ownBody(deliveryId: number): Promise<Uint8Array | null>;
  /** Writes down attempts that did not end their delivery. Safe to repeat. */
  logAttempts(log: AttemptLog): Promise<void>;
  /** Ends some of the waiting deliveries that their webhook no longer wants, in the order of the calls with commits. */
  drop(selection: DropSelection): Promise<Dropped>;
}

/** One event owed to one webhook. Ids grow in the order of the lane. */
export interface Delivery {
  readonly id: number;
  readonly webhookId: number;
  /** The chat's number; 0 is the lane of the instance itself. Below 0 on the side track. */
  readonly lane: number;
  /** Set when the delivery was made by a replay. */
  readonly replayId: number | null;
  readonly eventId: string;
  readonly eventName: string;
  /** The event's body. It is the request's, the same bytes in every attempt, unless `media` says otherwise. */
  readonly body: Uint8Array;
  /** `wanted`: no attempt before its body is frozen, with a file or without. `inline`: it has a body of its own. */
  readonly media: 'wanted' | 'inline' | null;
  /** Of the request's body as it is stored: its own, or the event's. */
  readonly requestBytes: number;
  /** What it counts for in its webhook's quota. */
  readonly bodyBytes: number;
  /** Attempts made before, as far as they are written down. */
  readonly attempts: number;
  readonly createdAt: number;
}

/** What happens now goes before what is told once more: they have lanes of their own. */
export type Track = 'live' | 'side';

/** The lane beside a lane, for what is told once more or was released: order is kept there too. */
export function sideLane(lane: number): number {
  return -1 - lane;
}

export function trackOf(lane: number): Track {
  return lane < 0 ? 'side' : 'live';
}

export interface WaitingLane {
  readonly lane: number;
  /** Id of its oldest waiting delivery. */
  readonly headId: number;
}

/** Attempts of one outcome in a row. */
export interface AttemptRun {
  /** The first one's number, counted from 1. */
  readonly number: number;
  readonly count: number;
  /** `deferred`: a response after which the webhook's retry policy sends the same again. */
  readonly outcome: 'silence' | 'deferred';
  /** Why there was silence; null for a response. */
  readonly reason: string | null;
  /** How far the last one came; null for a response. */
  readonly phase: string | null;
  /** What the last one's error said, in words. */
  readonly detail: string | null;
  /** The response's status; null for silence. */
  readonly status: number | null;
  /** The first bytes that came back from the last one, as they came; null for none. */
  readonly response: Uint8Array | null;
  readonly firstAt: number;
  readonly lastAt: number;
  /** How long the last one took. */
  readonly durationMs: number;
}

export interface AttemptLog {
  readonly deliveryId: number;
  /** Attempts in all, so far. */
  readonly attempts: number;
  /** Runs that changed since they were written last. */
  readonly runs: readonly AttemptRun[];
}

export interface Settlement extends AttemptLog {
  readonly state: 'delivered' | 'rejected' | 'dropped' | 'parked';
  readonly reason: string | null;
  /** The response's status; null when it ended without one. */
  readonly status: number | null;
  /** The first bytes of that response, as they came: its head, and what there is of its body. */
  readonly response: Uint8Array | null;
  /** How long the attempt took that ended it. */
  readonly durationMs: number | null;
  readonly settledAt: number;
}

export interface DropSelection {
  readonly webhookId: number;
  /** Deliveries of these events stay; empty when none does. */
  readonly keepEvents: readonly string[];
  /** Deliveries that are being attempted; their result settles them. */
  readonly except: readonly number[];
  readonly reason: DropReason;
  readonly settledAt: number;
}

export interface Dropped {
  readonly count: number;
  /** There may be more: they take another call, so that a large backlog does not hold up everybody's commits. */
  readonly hasMore: boolean;
}

export type DropReason = 'webhook_deleted' | 'webhook_cleared' | 'unsubscribed' | 'quota_reached';
