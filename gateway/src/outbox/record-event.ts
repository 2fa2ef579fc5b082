import type { Database, Row } from '../database/database.ts';
import { join, sql, type Statement } from '../database/sql.ts';
import { isStorable } from '../database/values.ts';
import { newEventId } from '../ids.ts';
import { webhooksFor, type AnyEventName, type Webhook } from '../webhooks/webhook.ts';
import { planInline } from './inline-media.ts';
import type { Delivery } from './outbox-store.ts';

export interface EventToRecord {
  readonly instanceId: number;
  /** The chat whose order it keeps; null for what concerns the instance itself. */
  readonly chatId: number | null;
  readonly draft: {
    readonly name: AnyEventName;
    readonly data: unknown;
    readonly identity: string | null;
    /** The message that it is about, for those who look for it. */
    readonly messageId?: string;
  };
  /** The instance that its body names, when it is not the one that it is recorded under. */
  readonly concerns?: number;
  /** All webhooks of the instance: it is owed to those that want it at this moment. */
  readonly webhooks: readonly Webhook[];
  /** Whether a webhook's quota takes no more: its delivery is recorded as dropped. */
  readonly isFull?: (webhookId: number) => boolean;
  readonly nowMs: number;
  /**
   * Its id, drawn from `EventIds` in the tick in which the statements are staged: then ids grow in the order of the
   * commits. Left out where no order matters.
   */
  readonly id?: string;
}

export interface PreparedEvent {
  readonly event: RecordedEvent;
  /** To be committed in the unit of work that ends the event's cause. */
  readonly statements: readonly Statement[];
}

export interface RecordedEvent {
  readonly id: string;
  readonly name: AnyEventName;
  /** UTF-8 JSON, serialised here and never again. */
  readonly body: Uint8Array;
  readonly recordedAt: number;
}

/** The event as it will be stored and sent, and the statements that record it with one delivery per webhook. */
export function prepareEvent(event: EventToRecord): PreparedEvent {
  const { instanceId, concerns = instanceId, chatId, draft, webhooks, isFull, nowMs } = event;
  const { id = newEventId(nowMs) } = event;
  const body = serialise(concerns, draft);
  const wanting = webhooksFor(draft.name, webhooks);
  const statements = [
    sql`insert into events (id, instance_id, name, chat_id, body, recorded_at)
      values (${id}, ${instanceId}, ${draft.name}, ${chatId}, ${body}, ${nowMs})`,
  ];
  if (draft.identity !== null) {
    statements.push(sql`insert into event_identities (instance_id, identity, event_id, recorded_at)
      values (${instanceId}, ${draft.identity}, ${id}, ${nowMs})`);
  }
  // One statement for each, and the same parts each time: a text of its own per event costs more than the row.
  for (const webhook of wanting) {
    const isRefused = isFull?.(webhook.id) === true;
    const [state, reason, settledAt] = isRefused
      ? ['dropped', 'quota_reached', nowMs]
      : ['pending', null, null];
    const file = isRefused ? null : fileFor(webhook, draft, body.length);
    statements.push(sql`insert into deliveries
      (instance_id, webhook_id, lane, event_id, state, reason, settled_at, attempts, created_at, body_bytes,
        message_id, media)
      values (${instanceId}, ${webhook.id}, ${laneOf(webhook, chatId)}, ${id}, ${state}, ${reason},
        ${settledAt}, 0, ${nowMs}, ${file?.bodyBytes ?? body.length}, ${draft.messageId ?? null},
        ${file === null ? null : 'wanted'})
      returning id as delivery_id, webhook_id, lane, event_id, state, media, body_bytes`);
  }
  return { event: { id, name: draft.name, body, recordedAt: nowMs }, statements };
}

/** The file that the body is to have for a webhook; only a received message has one. */
function fileFor({ options }: Webhook, draft: EventToRecord['draft'], bodyBytes: number) {
  return draft.name === 'message' ? planInline(draft.data, bodyBytes, options.media) : null;
}

/** What keeps its order: the chat, or for a webhook that wants it so, all that the instance tells. */
function laneOf({ options }: Webhook, chatId: number | null): number {
  return options.ordering === 'chat' && chatId !== null ? chatId : 0;
}

/**
 * The waiting deliveries that a committed unit made, in the order of their lanes: what the scheduler is told. `committed`
 * is what `Database.commit` resolved with, whatever other statements the unit had.
 */
export function newDeliveries(prepared: readonly PreparedEvent[], committed: readonly Row[][]): Delivery[] {
  const events = new Map(prepared.map(({ event }) => [event.id, event]));
  const deliveries: Delivery[] = [];
  for (const row of committed.flat()) {
    const event = 'delivery_id' in row ? events.get(String(row['event_id'])) : undefined;
    if (!event || row['state'] !== 'pending') continue;
    deliveries.push({
      id: Number(row['delivery_id']),
      webhookId: Number(row['webhook_id']),
      lane: Number(row['lane']),
      eventId: event.id,
      eventName: event.name,
      body: event.body,
      requestBytes: event.body.length,
      media: row['media'] === 'wanted' ? 'wanted' : null,
      bodyBytes: Number(row['body_bytes']),
      attempts: 0,
      replayId: null,
      createdAt: event.recordedAt,
    });
  }
  return deliveries.toSorted((one, other) => one.id - other.id);
}

/** The webhooks whose deliveries a committed unit recorded as dropped, since they were full; one for each delivery. */
export function refusals(committed: readonly Row[][]): number[] {
  return committed
    .flat()
    .filter((row) => 'delivery_id' in row && row['state'] === 'dropped')
    .map((row) => Number(row['webhook_id']));
}

/** Which of the identities have been recorded before. An event whose identity is known must not be recorded again. */
export async function findIdentities(
  db: Database,
  instanceId: number,
  identities: readonly string[],
): Promise<Set<string>> {
  const known = new Set<string>();
  for (let from = 0; from < identities.length; from += identitiesPerQuery) {
    // One that cannot be stored is none that is known, and must not stop the others.
    const asked = identities.slice(from, from + identitiesPerQuery).filter(isStorable);
    if (asked.length === 0) continue;
    const rows = await db.all<{ identity: string }>(
      sql`select identity from event_identities
        where instance_id = ${instanceId} and identity in (${join(asked)})`,
    );
    for (const { identity } of rows) known.add(identity);
  }
  return known;
}

const identitiesPerQuery = 1000;

/** The seed's envelope: the instance's id is text, and `data` is always there. */
function serialise(instanceId: number, draft: EventToRecord['draft']): Uint8Array {
  const envelope = { event: draft.name, instanceId: String(instanceId), data: draft.data ?? {} };
  return Buffer.from(JSON.stringify(envelope));
}
