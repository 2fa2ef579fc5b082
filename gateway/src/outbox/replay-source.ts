import { join, sql, type Statement } from '../database/sql.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { sideLaneOf } from './delivery-filter.ts';
import type { ReplaySelection } from './replay.ts';

/** A webhook that takes deliveries. */
export type Target = Webhook & { readonly url: string };

/** What deliveries are made from: a query that gives a row for each. */
export function sourceOf(
  { of }: ReplaySelection,
  target: Target,
  taken: readonly (string | number)[],
): Statement | null {
  if (taken.length === 0) return null;
  const inOneLane = target.options.ordering === 'instance';
  if (of !== 'events') return fromDeliveries(taken, [target]);
  return sql`select events.instance_id, cast(${target.id} as bigint) as webhook_id,
      ${sideLaneOf(inOneLane ? sql`0` : sql`coalesce(chat_id, 0)`)} as lane, id as event_id, length(body) as body_bytes,
      cast(null as text) as message_id, ${mediaOf(target.options.media.inline ? sql`1 = 1` : null)} as media, id as place
    from events where id in (${join(taken)})`;
}

/** From old deliveries; their lane is beside the one that the event would have now. */
export function fromDeliveries(ids: readonly (string | number)[], targets: readonly Target[]): Statement {
  const inOneLane = targets.filter(({ options }) => options.ordering === 'instance').map(({ id }) => id);
  const chat =
    inOneLane.length === 0
      ? sql`coalesce(chat_id, 0)`
      : sql`case when webhook_id in (${join(inOneLane)}) then 0 else coalesce(chat_id, 0) end`;
  const wanting = targets.filter(({ options }) => options.media.inline).map(({ id }) => id);
  const media = mediaOf(wanting.length === 0 ? null : sql`webhook_id in (${join(wanting)})`);
  return sql`select deliveries.instance_id, webhook_id, ${sideLaneOf(chat)} as lane, event_id, length(body) as body_bytes,
      message_id, ${media} as media, deliveries.id as place
    from deliveries join events on events.id = event_id where deliveries.id in (${join(ids)})`;
}

/** The file is fetched anew, as the webhook wants it now: the scheduler looks whether the message has one that fits. */
function mediaOf(isWanting: Statement | null): Statement {
  return isWanting === null
    ? sql`cast(null as text)`
    : sql`case when name = 'message' and ${isWanting} then 'wanted' end`;
}
