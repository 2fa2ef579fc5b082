import { join, raw, sql, type Statement } from '../database/sql.ts';
import { sideLane } from './outbox-store.ts';
import type { DeliveryState } from './delivery-record.ts';

/** Which deliveries of an instance are wanted; what is not said does not matter. */
export interface DeliveryFilter {
  readonly instanceId: number;
  readonly webhookId?: number | undefined;
  readonly states?: readonly DeliveryState[] | undefined;
  /** Names of events. */
  readonly events?: readonly string[] | undefined;
  /** The chat's numbers. */
  readonly chatIds?: readonly number[] | undefined;
  /** Bare id of the message that the event is about. */
  readonly messageId?: string | undefined;
  readonly replayId?: number | undefined;
  /** When they were recorded, in milliseconds since 1970; both ends belong to it. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** The conditions on a row of `deliveries` beside its event in `events`, each with an `and` before it. */
export function conditionsOf(filter: DeliveryFilter): Statement {
  const { instanceId, webhookId, states, events, chatIds, messageId, replayId, sinceMs, untilMs } = filter;
  const conditions = [sql`and deliveries.instance_id = ${instanceId}`];
  if (webhookId !== undefined) conditions.push(sql`and webhook_id = ${webhookId}`);
  if (states !== undefined) conditions.push(sql`and state in (${join(states)})`);
  if (messageId !== undefined) conditions.push(sql`and message_id = ${messageId}`);
  if (replayId !== undefined) conditions.push(sql`and replay_id = ${replayId}`);
  if (sinceMs !== undefined) conditions.push(sql`and created_at >= ${sinceMs}`);
  if (untilMs !== undefined) conditions.push(sql`and created_at <= ${untilMs}`);
  if (chatIds !== undefined) {
    // The lane is known without a look at the event; only a webhook that keeps all in order has other lanes than chats.
    const lanes = [0, ...chatIds].flatMap((lane) => [lane, sideLane(lane)]);
    conditions.push(sql`and lane in (${join(lanes)}) and chat_id in (${join(chatIds)})`);
  }
  if (events !== undefined) conditions.push(sql`and name in (${join(events)})`);
  return join(conditions, ' ');
}

/** The few states that people look for among the many deliveries that were delivered. */
export const unusualStates: readonly DeliveryState[] = ['rejected', 'dropped', 'parked'];

/** Whether a row is in one of them. SQLite takes their partial index only when a query has its condition word for word. */
export const unusualState = raw(`(${unusualStates.map((state) => `state = '${state}'`).join(' or ')})`);

/** `sideLane` of a lane that the store knows. */
export function sideLaneOf(lane: Statement): Statement {
  return sql`-1 - ${lane}`;
}
