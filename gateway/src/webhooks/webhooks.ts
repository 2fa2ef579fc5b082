import { isDeepStrictEqual } from 'node:util';
import { operationalEventNames } from '@eazewa/sdk/operational-events';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { GatewayError } from '../errors.ts';
import { Mutex } from '../mutex.ts';
import type { Vault } from '../vault.ts';
import { needPlace, needRoom, subscriptionWith } from './subscriptions.ts';
import { createWebhookStore } from './webhook-store.ts';
import {
  defaultOptions,
  noSecrets,
  operatorInstanceId,
  operatorQuota,
  type SubscriptionSource,
  type Webhook,
  type WebhookSettings,
  type WebhookSource,
} from './webhook.ts';

export type { WebhookSettings } from './webhook.ts';

/** The webhooks of all instances, kept in memory and in the store; changes take effect for the next event. */
export interface Webhooks {
  /** All webhooks of an instance, from memory, by id. */
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
  create(instanceId: number, settings: WebhookSettings, source?: SubscriptionSource): Promise<Webhook>;
  /**
   * Sets the operator's webhook, which gets all operational events and no other; makes it when there is none and it is to
   * have a url. Does nothing when it is so already. Null when there was none and is none.
   */
  setOperator(settings: OperatorSettings): Promise<Webhook | null>;
  /**
   * The instance's subscription with this URL: the one that it has, unchanged, or a new one.
   *
   * @throws GatewayError `invalid_request` when it would be one webhook too many
   */
  subscribe(
    instanceId: number,
    settings: WebhookSettings & { readonly url: string },
    source: SubscriptionSource,
  ): Promise<{ readonly webhook: Webhook; readonly isNew: boolean }>;
  /**
   * Missing keys stay as they are; `url: null` and `events: []` reset. Listeners drop what waits and is no longer wanted.
   * Settings that follow from what is set now are decided when the change has its turn.
   *
   * @throws GatewayError `not_found` for an unknown webhook
   */
  update(
    webhookId: number,
    settings: WebhookSettings | ((webhook: Webhook) => Promise<WebhookSettings>),
  ): Promise<Webhook>;
  /** Listeners drop what waits for it. */
  remove(webhookId: number): Promise<void>;
  removeAll(instanceId: number): Promise<void>;
  /**
   * Called after each change is stored, with the webhook as it is now; a removed one has no url and no events. Not
   * called for what a crash cut off: at start, deliveries that no webhook wants any more may be waiting.
   */
  onChange(listener: (webhook: Webhook) => void): void;
}

export interface OperatorSettings {
  /** Null: it gets nothing, and listeners drop what waits. */
  readonly url: string | null;
  /** `whsec_` and base64; null: requests are not signed. */
  readonly signingKey: string | null;
}

/** Loads the webhooks. There is one of these per database. */
export async function openWebhooks(db: Database, clock: Clock, vault: Vault): Promise<Webhooks> {
  const store = createWebhookStore(db, vault);
  const known = new Map<number, Webhook>();
  const byInstance = new Map<number, readonly Webhook[]>();
  const listeners: ((webhook: Webhook) => void)[] = [];
  // Changes of one kind of thing are rare: one after the other, so that each begins with what the last one left.
  const changes = new Mutex();
  for (const webhook of await store.load(clock.now())) remember(webhook);

  function remember(webhook: Webhook): void {
    known.set(webhook.id, webhook);
    const others = of(webhook.instanceId).filter(({ id }) => id !== webhook.id);
    byInstance.set(
      webhook.instanceId,
      [...others, webhook].toSorted((a, b) => a.id - b.id),
    );
  }

  function forget(webhook: Webhook): void {
    known.delete(webhook.id);
    const others = of(webhook.instanceId).filter(({ id }) => id !== webhook.id);
    if (others.length === 0) byInstance.delete(webhook.instanceId);
    else byInstance.set(webhook.instanceId, others);
  }

  function tell(webhook: Webhook): void {
    for (const listener of listeners) listener(webhook);
  }

  function changed(webhook: Webhook): Webhook {
    remember(webhook);
    tell(webhook);
    return webhook;
  }

  function of(instanceId: number): readonly Webhook[] {
    return byInstance.get(instanceId) ?? [];
  }

  function mainOf(instanceId: number): Webhook | undefined {
    return of(instanceId).find(({ source }) => source === 'instance');
  }

  async function insert(instanceId: number, settings: WebhookSettings, source: WebhookSource) {
    return changed(await store.insert(merged(blank(instanceId, source), settings)));
  }

  function blank(instanceId: number, source: WebhookSource): Omit<Webhook, 'id'> {
    const fixed = { instanceId, source, isActive: true, createdAt: clock.now() };
    return { ...fixed, url: null, events: [], options: defaultOptions, secrets: noSecrets };
  }

  async function change(webhookId: number, settings: Parameters<Webhooks['update']>[1]): Promise<Webhook> {
    const before = known.get(webhookId);
    if (!before) throw noSuchWebhook();
    return write(merged(before, typeof settings === 'function' ? await settings(before) : settings));
  }

  async function write(webhook: Webhook): Promise<Webhook> {
    if (!(await store.update(webhook, clock.now()))) throw noSuchWebhook();
    return changed(webhook);
  }

  async function setOperator(settings: OperatorSettings): Promise<Webhook | null> {
    const before = of(operatorInstanceId).find(({ source }) => source === 'operator') ?? null;
    if (before === null && settings.url === null) return null;
    const wanted = asOperator(before ?? blank(operatorInstanceId, 'operator'), settings);
    if (before === null) return changed(await store.insert(wanted));
    return isDeepStrictEqual(before, { ...before, ...wanted }) ? before : write({ ...before, ...wanted });
  }

  return {
    of,
    get: (webhookId) => known.get(webhookId),
    main(instanceId) {
      const main = mainOf(instanceId);
      if (!main) throw new GatewayError('not_found', `There is no instance ${instanceId}.`);
      return main;
    },
    setMain: (instanceId, settings) =>
      changes.run(() => {
        const main = mainOf(instanceId);
        return main ? change(main.id, settings) : insert(instanceId, settings, 'instance');
      }),
    create: (instanceId, settings, source = 'api') => changes.run(() => insert(instanceId, settings, source)),
    setOperator: (settings) => changes.run(() => setOperator(settings)),
    subscribe: (instanceId, settings, source) =>
      changes.run(async () => {
        const known = subscriptionWith(settings.url, of(instanceId));
        if (known) return { webhook: known, isNew: false };
        needPlace(of(instanceId), 'url');
        if (settings.isActive !== false) needRoom(of(instanceId), 'url');
        return { webhook: await insert(instanceId, settings, source), isNew: true };
      }),
    update: (webhookId, settings) => changes.run(() => change(webhookId, settings)),
    remove: (webhookId) =>
      changes.run(async () => {
        const webhook = known.get(webhookId);
        if (!webhook) throw noSuchWebhook();
        await store.remove(webhookId);
        forget(webhook);
        tell({ ...webhook, url: null, events: [] });
      }),
    removeAll: (instanceId) =>
      changes.run(async () => {
        await store.removeAll(instanceId);
        const removed = of(instanceId);
        removed.forEach(forget);
        for (const webhook of removed) tell({ ...webhook, url: null, events: [] });
      }),
    onChange: (listener) => void listeners.push(listener),
  };
}

function merged<T extends Omit<Webhook, 'id'>>(webhook: T, settings: WebhookSettings): T {
  const { url, events, isActive, options, secrets } = settings;
  return {
    ...webhook,
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { events: [...new Set(events)] }),
    ...(isActive === undefined ? {} : { isActive }),
    options: { ...webhook.options, ...options },
    secrets: { ...webhook.secrets, ...secrets },
  };
}

function asOperator<T extends Omit<Webhook, 'id'>>(webhook: T, { url, signingKey }: OperatorSettings): T {
  const signing = signingKey === null ? [] : [{ key: signingKey, until: null }];
  const options = { ...webhook.options, quota: operatorQuota };
  return { ...webhook, url, events: operationalEventNames, options, secrets: { ...noSecrets, signing } };
}

function noSuchWebhook(): GatewayError {
  return new GatewayError('not_found', 'There is no such webhook.');
}
