import { isEventName, type EventName } from '@eazewa/sdk/events';
import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import type { Webhook, WebhookSettings } from './webhook.ts';

/** The webhooks in the database. Each write answers with the row as it is after it, or with nothing if there is none. */
export interface WebhookStore {
  /** All webhooks, by id. Instances that have none get theirs first. */
  load(now: number): Promise<Webhook[]>;
  insert(instanceId: number, url: string | null, events: readonly EventName[], now: number): Promise<Webhook>;
  /** Changes only the fields that are given. */
  update(id: number, change: WebhookSettings, now: number): Promise<Webhook | undefined>;
  removeAll(instanceId: number): Promise<void>;
}

export function createWebhookStore(db: Database): WebhookStore {
  return {
    async load(now) {
      await db.commit([giveEachInstanceOne(now)]);
      return (await db.all(sql`select ${columns} from webhooks order by id`)).map(asWebhook);
    },
    async insert(instanceId, url, events, now) {
      const [rows] = await db.commit([
        sql`insert into webhooks (instance_id, url, events, created_at, updated_at)
          values (${instanceId}, ${url}, ${events.join(',')}, ${now}, ${now}) returning id`,
      ]);
      return { id: Number(rows?.[0]?.['id']), instanceId, url, events };
    },
    async update(id, { url, events }, now) {
      const [rows] = await db.commit([
        sql`update webhooks set updated_at = ${now}
          ${url === undefined ? sql`` : sql`, url = ${url}`}
          ${events === undefined ? sql`` : sql`, events = ${events.join(',')}`}
          where id = ${id} returning ${columns}`,
      ]);
      return rows?.map(asWebhook)[0];
    },
    async removeAll(instanceId) {
      await db.commit([sql`delete from webhooks where instance_id = ${instanceId}`]);
    },
  };
}

const columns = sql`id, instance_id, url, events`;

/** A crash between the two may leave an instance without its webhook. */
function giveEachInstanceOne(now: number): Statement {
  return sql`insert into webhooks (instance_id, url, events, created_at, updated_at)
    select id, null, '', created_at, ${now} from instances
    where not exists (select 1 from webhooks where instance_id = instances.id)`;
}

function asWebhook(row: Row): Webhook {
  return {
    id: Number(row['id']),
    instanceId: Number(row['instance_id']),
    url: typeof row['url'] === 'string' ? row['url'] : null,
    events: String(row['events']).split(',').filter(isEventName),
  };
}
