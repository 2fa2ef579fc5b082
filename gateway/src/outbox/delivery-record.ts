import type { EscapedResponse } from './escape-bytes.ts';

export const deliveryStates = ['pending', 'delivered', 'rejected', 'dropped', 'parked'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** A delivery as people look at it. */
export interface DeliveryRecord {
  readonly id: number;
  readonly webhookId: number;
  readonly event: { readonly id: string; readonly name: string };
  /** Number of the chat that the event is of; null for what concerns the instance itself. */
  readonly chatId: number | null;
  /** Bare id of the message that the event is about; null when it is about none. */
  readonly messageId: string | null;
  /** The replay that made it; null when it was made with its event. */
  readonly replayId: number | null;
  /** Size of the request's body; 0 when it was recorded before sizes were. */
  readonly bodyBytes: number;
  readonly state: DeliveryState;
  /** Why it was rejected, dropped or parked; null otherwise. */
  readonly reason: string | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** How many attempts were made in all. */
  readonly attempts: number;
  /** The attempts, oldest first. Only the last 20 runs of those that did not end it are kept. */
  readonly attemptLog: readonly AttemptRecord[];
}

/** One attempt, or several of the same outcome in a row. */
export interface AttemptRecord {
  /** The first one's number, counted from 1. */
  readonly number: number;
  readonly count: number;
  /** `deferred`: a response after which the webhook's retry policy sends the same again. */
  readonly outcome: 'silence' | 'deferred' | 'delivered' | 'rejected';
  /** The response's status; null for silence. */
  readonly status: number | null;
  /** Why there was silence; null for a response. */
  readonly reason: string | null;
  /** How far the last one came; null for a response. */
  readonly phase: string | null;
  /** What the last one's error said; null for a response. */
  readonly detail: string | null;
  /** What came back from the last one; null when nothing did, or when it was not kept. */
  readonly response: EscapedResponse | null;
  readonly firstAt: number;
  readonly lastAt: number;
  /** How long the last one took; null when that is not known. */
  readonly durationMs: number | null;
}
