import type { EventName } from './events.ts';
import { listOf, withTypes, type DeliveryState } from './resources.ts';

/** Which deliveries to list; what is left out does not matter. Times are milliseconds since 1970, or text as in ISO 8601. */
export interface DeliveryFilter {
  /** At most 100; 50 when left out. */
  readonly limit?: number;
  /** Only deliveries with a smaller id. */
  readonly before?: number;
  readonly webhookId?: number;
  readonly states?: readonly DeliveryState[];
  readonly events?: readonly EventName[];
  /** `<digits>@c.us`, `<digits>@lid` or `<id>@g.us`, or the chat's number. */
  readonly chatId?: string | number;
  /** Of the message that the events are about: `_serialized`, or the bare id. */
  readonly messageId?: string;
  readonly replayId?: number;
  readonly since?: number | string;
  readonly until?: number | string;
}

/** What to send once more: `deliveryIds`, or `webhookId` with what is wanted of it. */
export type ReplaySelection =
  | { readonly deliveryIds: readonly number[] }
  | {
      readonly webhookId: number;
      readonly since?: number | string;
      readonly until?: number | string;
      /** What became of them; all that do not wait when it is left out. */
      readonly states?: readonly Exclude<DeliveryState, 'pending'>[];
      readonly events?: readonly EventName[];
      /** Also events that the webhook never was owed; needs `since`. */
      readonly includeUnowed?: boolean;
    };

/** Deliveries that are made anew, and how many of them are where. */
export interface ReplayResource extends Readonly<Record<DeliveryState, number>> {
  readonly id: number;
  readonly selection: ReplaySelection;
  /** `done`: all are made; `pending` says how many of them still wait. */
  readonly state: 'running' | 'done' | 'cancelled';
  readonly reason: string | null;
  readonly made: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
}

export const isReplay = withTypes<ReplayResource>({ id: 'number', state: 'string', made: 'number' });
export const isReplays = listOf(isReplay);

/** The filter as a query, with its `?`; empty for none. */
export function queryOf(filter: DeliveryFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== undefined) query.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}
