import type { EventName } from '@eazewa/sdk/events';
import type { Database } from '../../database/database.ts';
import { sql } from '../../database/sql.ts';
import { plainWebhook, type Webhook } from '../../webhooks/webhook.ts';
import { createOutboxStore } from '../delivery-store.ts';
import type { Delivery } from '../outbox-store.ts';
import { newDeliveries, prepareEvent } from '../record-event.ts';
import { endOf } from './ends.ts';

/** The webhook that events are recorded for, unless it is said otherwise. */
export const hook: Webhook = plainWebhook({
  id: 7,
  instanceId: 1,
  url: 'http://receiver.test/',
  events: ['message', 'message_ack', 'qr'],
});

export interface ToRecord {
  readonly instanceId?: number;
  readonly chatId?: number | null;
  readonly webhooks?: readonly Webhook[];
  readonly name?: EventName;
  readonly messageId?: string;
  readonly text?: string;
  readonly at?: number;
  /** How its deliveries end; they wait when it is not said. */
  readonly end?: 'delivered' | 'rejected' | 'dropped' | 'parked';
}

/** Records an event with its deliveries, and ends them if that is said. */
export async function recordOne(db: Database, said: ToRecord = {}): Promise<Delivery[]> {
  const {
    instanceId = 1,
    chatId = 1,
    webhooks = [hook],
    name = 'message',
    messageId,
    text = '',
    at = 1000,
  } = said;
  const prepared = prepareEvent({
    instanceId,
    chatId,
    draft: { name, data: { text }, identity: null, ...(messageId === undefined ? {} : { messageId }) },
    webhooks,
    nowMs: at,
  });
  const deliveries = newDeliveries([prepared], await db.commit(prepared.statements));
  const store = createOutboxStore(db);
  const { end } = said;
  if (end === undefined) return deliveries;
  const status = end === 'delivered' ? 200 : end === 'rejected' ? 500 : null;
  for (const { id } of deliveries) {
    await store.settle(endOf(id, { state: end, status, reason: status === null ? 'reason' : null }));
  }
  return deliveries;
}

/** So many of them, one after the other; their ids. */
export async function recordMany(
  db: Database,
  count: number,
  said: (index: number) => ToRecord = () => ({}),
): Promise<number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) {
    ids.push(...(await recordOne(db, said(index))).map(({ id }) => id));
  }
  return ids;
}

/** Rows by the thousand, as they would be recorded one after the other, in few statements: ended, and of no lane. */
export async function fill(
  db: Database,
  said: { count: number; instanceId?: number; webhookId?: number; at: number },
) {
  const { count, instanceId = 1, webhookId = hook.id, at } = said;
  const [event] = await recordOne(db, { instanceId, webhooks: [hook], at, end: 'delivered' });
  await db.commit([
    sql`insert into deliveries (instance_id, webhook_id, lane, event_id, state, attempts, created_at)
      with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count - 1})
      select cast(${instanceId} as bigint), cast(${webhookId} as bigint), 1, cast(${event?.eventId ?? ''} as text),
        'delivered', 1, cast(${at} as bigint) from numbers`,
  ]);
}
