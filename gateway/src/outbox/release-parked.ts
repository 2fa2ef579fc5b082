import type { Database } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import { GatewayError } from '../errors.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { sideLaneOf, unusualState } from './delivery-filter.ts';

/** Deliveries that are released in one unit. */
const perUnit = 500;

/**
 * Puts a parked delivery back to wait, beside the live ones of its chat and before those that were recorded after it.
 * Its attempts stay. Durable when it resolves; `onReleased` hears of the webhook that it goes to, also when nobody knows
 * whether it was released.
 *
 * @throws GatewayError `not_found`; `invalid_request` when it is not parked, or nothing can be sent to its webhook.
 */
export async function releaseParked(
  db: Database,
  instanceId: number,
  deliveryId: number,
  webhookOf: (id: number) => Webhook | undefined,
  onReleased: (webhookId: number) => void,
): Promise<void> {
  const row = await db.first<{
    state: string;
    webhook_id: number;
  }>(sql`select state, webhook_id from deliveries
    where id = ${deliveryId} and instance_id = ${instanceId}`);
  if (row === undefined) throw new GatewayError('not_found', `There is no delivery ${deliveryId}.`);
  if (row.state === 'parked') {
    needUrl(webhookOf(row.webhook_id));
    const [rows = []] = await db
      .commit([released(sql`id = ${deliveryId}`)])
      .finally(() => onReleased(row.webhook_id));
    if (rows.length > 0) return;
  }
  // Perhaps by an earlier call that seemed to fail.
  if (row.state === 'pending') onReleased(row.webhook_id);
  throw new GatewayError(
    'invalid_request',
    row.state === 'parked'
      ? 'The delivery is not parked any more, or its event is too old to be there.'
      : `The delivery is ${row.state}. Only a parked one can be released; to send another once more, replay it.`,
  );
}

/**
 * Releases all parked deliveries of a webhook, unit by unit; resolves with how many they were.
 *
 * @throws GatewayError `not_found` for an unknown webhook; `invalid_request` when nothing can be sent to it.
 */
export async function releaseAllParked(
  db: Database,
  webhook: Webhook | undefined,
  onReleased: (webhookId: number) => void,
): Promise<number> {
  if (webhook === undefined) throw new GatewayError('not_found', 'There is no such webhook.');
  needUrl(webhook);
  // Up to the last that is there now: a webhook that parks them again must not keep this going.
  const last = await db.first<{ id: number | null }>(sql`select max(id) as id from deliveries`);
  for (let count = 0, after = 0; ;) {
    const parked = sql`select deliveries.id from deliveries
      where ${unusualState} and deliveries.instance_id = ${webhook.instanceId}
        and state = 'parked' and webhook_id = ${webhook.id}
        and deliveries.id > ${after} and deliveries.id <= ${last?.id ?? 0}
      order by deliveries.id limit ${perUnit}`;
    // Also when nothing was: perhaps an earlier call did it that seemed to fail.
    const [rows = []] = await db
      .commit([released(sql`id in (${parked})`)])
      .finally(() => onReleased(webhook.id));
    if (rows.length === 0) return count;
    count += rows.length;
    after = Math.max(...rows.map((row) => Number(row['id'])));
  }
}

function needUrl(webhook: Webhook | undefined): void {
  if (webhook && webhook.url !== null) return;
  throw new GatewayError(
    'invalid_request',
    'The webhook is gone or has no url, so nothing can be sent to it. Set one first.',
  );
}

function released(which: Statement): Statement {
  return sql`update deliveries set state = 'pending', reason = null, settled_at = null,
      lane = case when lane < 0 then lane else ${sideLaneOf(sql`lane`)} end
    where state = 'parked' and ${which} and exists (select 1 from events where events.id = event_id)
    returning id`;
}
