import type { EventName } from '@eazewa/sdk/events';
import type { DeliveryState } from './delivery-record.ts';

/** Deliveries that are made anew, page by page, from old ones or from events. */
export interface Replay {
  readonly id: number;
  readonly instanceId: number;
  readonly selection: ReplaySelection;
  /** `done`: all are made; they may still wait for their webhook. */
  readonly state: 'running' | 'done' | 'cancelled';
  /** Why it was cancelled; null otherwise. */
  readonly reason: ReplayEndReason | null;
  /** The last delivery or event that it has looked at. */
  readonly cursor: string;
  /** The last one that it will look at. */
  readonly until: string;
  /** How many deliveries it has made. */
  readonly made: number;
  readonly createdAt: number;
  /** null while there is something to do, which includes dropping what waits of a cancelled one. */
  readonly endedAt: number | null;
}

export type ReplayEndReason = 'replay_cancelled' | 'webhook_deleted' | 'webhook_cleared';

/** What is told once more. Those made by an earlier replay are only told again when their ids are given. */
export type ReplaySelection =
  | { readonly of: 'ids'; readonly deliveryIds: readonly number[] }
  /** Deliveries of a webhook that ended, as the log has them. */
  | ({ readonly of: 'log' } & ReplayBounds)
  /** The same, and the events that the webhook was never owed. */
  | ({ readonly of: 'events' } & ReplayBounds);

export interface ReplayBounds {
  readonly webhookId: number;
  /** In which states the deliveries are. */
  readonly states: readonly EndedState[];
  /** Names of events; null for all that the webhook wants now. */
  readonly events: readonly EventName[] | null;
  /** When they were recorded, in milliseconds since 1970; null: without that end. Both belong to it. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

export const endedStates = ['delivered', 'rejected', 'dropped', 'parked'] as const;
export type EndedState = (typeof endedStates)[number];

/** What became of the deliveries that a replay made, as far as the log still has them. */
export interface ReplayReport {
  readonly replay: Replay;
  readonly counts: Readonly<Record<DeliveryState, number>>;
}
