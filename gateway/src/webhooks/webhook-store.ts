import type { Database, Row } from '../database/database.ts';
import { sql, type Statement } from '../database/sql.ts';
import type { Vault } from '../vault.ts';
import {
  defaultOptions,
  isAnyEventName,
  noSecrets,
  subscriptionSources,
  type Webhook,
  type WebhookOptions,
  type WebhookSecrets,
  type WebhookSource,
} from './webhook.ts';

/** The webhooks in the database. */
export interface WebhookStore {
  /** All webhooks, by id. Instances that have none get theirs first. */
  load(now: number): Promise<Webhook[]>;
  insert(webhook: Omit<Webhook, 'id'>): Promise<Webhook>;
  /** Writes all that can change of a webhook. False when there is none with its id. */
  update(webhook: Webhook, now: number): Promise<boolean>;
  remove(id: number): Promise<void>;
  removeAll(instanceId: number): Promise<void>;
}

export function createWebhookStore(db: Database, vault: Vault): WebhookStore {
  return {
    async load(now) {
      await db.commit([giveEachInstanceOne(now)]);
      const rows = await db.all(
        sql`select id, instance_id, url, events, source, is_active, options, secrets, created_at
          from webhooks order by id`,
      );
      return rows.map((row) => asWebhook(row, vault));
    },
    async insert(webhook) {
      const { instanceId, url, events, source, isActive, options, secrets, createdAt } = webhook;
      const [rows] = await db.commit([
        sql`insert into webhooks
            (instance_id, url, events, source, is_active, options, secrets, created_at, updated_at)
          values (${instanceId}, ${url}, ${events.join(',')}, ${source}, ${isActive ? 1 : 0},
            ${JSON.stringify(options)}, ${sealed(secrets, vault)}, ${createdAt}, ${createdAt}) returning id`,
      ]);
      return { ...webhook, id: Number(rows?.[0]?.['id']) };
    },
    async update({ id, url, events, isActive, options, secrets }, now) {
      const [rows = []] = await db.commit([
        sql`update webhooks set url = ${url}, events = ${events.join(',')}, is_active = ${isActive ? 1 : 0},
            options = ${JSON.stringify(options)}, secrets = ${sealed(secrets, vault)}, updated_at = ${now}
          where id = ${id} returning id`,
      ]);
      return rows.length > 0;
    },
    async remove(id) {
      await db.commit([sql`delete from webhooks where id = ${id}`]);
    },
    async removeAll(instanceId) {
      await db.commit([sql`delete from webhooks where instance_id = ${instanceId}`]);
    },
  };
}

/** A crash between the two may leave an instance without its webhook. */
function giveEachInstanceOne(now: number): Statement {
  return sql`insert into webhooks (instance_id, url, events, created_at, updated_at)
    select id, null, '', created_at, ${now} from instances
    where not exists (select 1 from webhooks where instance_id = instances.id and source = 'instance')`;
}

function sealed(secrets: WebhookSecrets, vault: Vault): Uint8Array {
  return vault.seal(Buffer.from(JSON.stringify(secrets)));
}

function asWebhook(row: Row, vault: Vault): Webhook {
  return {
    id: Number(row['id']),
    instanceId: Number(row['instance_id']),
    url: typeof row['url'] === 'string' ? row['url'] : null,
    events: String(row['events']).split(',').filter(isAnyEventName),
    source: sourceOf(row['source']),
    isActive: row['is_active'] === 1,
    createdAt: Number(row['created_at']),
    options: { ...defaultOptions, ...parsed<WebhookOptions>(String(row['options'])) },
    secrets: secretsOf(row['secrets'], vault),
  };
}

function secretsOf(bytes: Row[string] | undefined, vault: Vault): WebhookSecrets {
  if (!(bytes instanceof Uint8Array)) return noSecrets;
  return { ...noSecrets, ...parsed<WebhookSecrets>(Buffer.from(vault.open(bytes)).toString()) };
}

function sourceOf(text: unknown): WebhookSource {
  if (text === 'operator') return text;
  return subscriptionSources.find((source) => source === text) ?? 'instance';
}

/** What this store wrote itself, so its shape is known. */
function parsed<T>(json: string): Partial<T>;
function parsed(json: string): unknown {
  return JSON.parse(json);
}
