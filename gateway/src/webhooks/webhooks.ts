import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { GatewayError } from '../errors.ts';
import { createWebhookStore } from './webhook-store.ts';
import type { Webhook, WebhookSettings } from './webhook.ts';

export type { WebhookSettings } from './webhook.ts';

/** The webhooks of all instances, kept in memory and in the store; changes take effect for the next event. */
export interface Webhooks {
  /** All webhooks of an instance, from memory. */
  of(instanceId: number): readonly Webhook[];
  get(webhookId: number): Webhook | undefined;
  /**
   * The webhook that Update Instance sets; every instance has one from its creation on.
   *
   * @throws GatewayError `not_found` for an unknown instance
   */
  main(instanceId: number): Webhook;
  /** Sets the main webhook, and makes it if the instance is so new that it has none. */
  setMain(instanceId: number, settings: WebhookSettings): Promise<Webhook>;
  create(instanceId: number, settings: WebhookSettings): Promise<Webhook>;
  /**
   * Missing keys stay as they are; `url: null` and `events: []` reset. Listeners drop what waits and is no longer wanted.
   *
   * @throws GatewayError `not_found` for an unknown webhook
   */
  update(webhookId: number, settings: WebhookSettings): Promise<Webhook>;
  removeAll(instanceId: number): Promise<void>;
  /**
   * Called after each change is stored, with the webhook as it is now; a removed one has no url and no events. Not
   * called for what a crash cut off: at start, deliveries that no webhook wants any more may be waiting.
   */
  onChange(listener: (webhook: Webhook) => void): void;
}

/** Loads the webhooks. There is one of these per database. */
export async function openWebhooks(db: Database, clock: Clock): Promise<Webhooks> {
  const store = createWebhookStore(db);
  const known = new Map<number, Webhook>();
  const byInstance = new Map<number, readonly Webhook[]>();
  const listeners: ((webhook: Webhook) => void)[] = [];
  const creating = new Map<number, Promise<Webhook>>();
  for (const webhook of await store.load(clock.now())) remember(webhook);

  function remember(webhook: Webhook): void {
    known.set(webhook.id, webhook);
    const others = of(webhook.instanceId).filter(({ id }) => id !== webhook.id);
    byInstance.set(
      webhook.instanceId,
      [...others, webhook].toSorted((a, b) => a.id - b.id),
    );
  }

  function changed(webhook: Webhook): Webhook {
    remember(webhook);
    for (const listener of listeners) listener(webhook);
    return webhook;
  }

  function of(instanceId: number): readonly Webhook[] {
    return byInstance.get(instanceId) ?? [];
  }

  async function create(instanceId: number, { url = null, events = [] }: WebhookSettings): Promise<Webhook> {
    return changed(await store.insert(instanceId, url, unique(events), clock.now()));
  }

  async function update(webhookId: number, settings: WebhookSettings): Promise<Webhook> {
    const change = settings.events ? { ...settings, events: unique(settings.events) } : settings;
    const webhook = await store.update(webhookId, change, clock.now());
    if (!webhook) throw new GatewayError('not_found', 'There is no such webhook.');
    return changed(webhook);
  }

  async function setMain(instanceId: number, settings: WebhookSettings): Promise<Webhook> {
    const underway = creating.get(instanceId);
    const main = underway ? await underway : of(instanceId)[0];
    if (main) return update(main.id, settings);
    const creation = create(instanceId, settings).finally(() => creating.delete(instanceId));
    creating.set(instanceId, creation);
    return creation;
  }

  async function removeAll(instanceId: number): Promise<void> {
    await store.removeAll(instanceId);
    const removed = of(instanceId);
    byInstance.delete(instanceId);
    for (const webhook of removed) known.delete(webhook.id);
    for (const webhook of removed) {
      for (const listener of listeners) listener({ ...webhook, url: null, events: [] });
    }
  }

  return {
    of,
    get: (webhookId) => known.get(webhookId),
    main(instanceId) {
      const [main] = of(instanceId);
      if (!main) throw new GatewayError('not_found', `There is no instance ${instanceId}.`);
      return main;
    },
    setMain,
    create,
    update,
    removeAll,
    onChange: (listener) => void listeners.push(listener),
  };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
