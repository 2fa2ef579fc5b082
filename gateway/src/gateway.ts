import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { FastifyInstance } from 'fastify';
import { createChatNames } from './chats/chat-names.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/database.ts';
import { openDatabase, type OpenOptions } from './database/open-database.ts';
import { checkWebhookUrl, type AddressPolicy } from './delivery/guard-address.ts';
import { createScheduler, type Scheduler } from './delivery/scheduler.ts';
import { createSender, type Sender } from './delivery/sender.ts';
import type { Own } from './events/translation.ts';
import { createHttpServer } from './http/server.ts';
import { describeOutgoing } from './inbox/describe-outgoing.ts';
import { Inboxes } from './inbox/inboxes.ts';
import { inspectInbox } from './inbox/inspect-inbox.ts';
import { InstanceManager } from './instances/manager.ts';
import { phoneJid } from './jid.ts';
import { createLog, type Log } from './log.ts';
import { countWhatHappens, readWhatIs } from './measures.ts';
import { MessageSender } from './messages/send-message.ts';
import { Metrics } from './metrics.ts';
import { countSettled } from './outbox/count-settled.ts';
import { countWaiting, createOutboxStore } from './outbox/delivery-store.ts';
import { createDeliveryLog } from './outbox/delivery-log.ts';
import { createReplays, type Replays } from './outbox/replays.ts';
import { EventSignals } from './outbox/event-signals.ts';
import { eventRange, listEvents, openEventIds } from './outbox/list-events.ts';
import { retentionRules } from './retention/rules.ts';
import { Sweeper } from './retention/sweeper.ts';
import { loadSecretKey, makeFolder } from './secret-key.ts';
import { createTokens, ensureAdminToken } from './tokens/token-store.ts';
import { createVault } from './vault.ts';
import { openWebhooks } from './webhooks/webhooks.ts';
import { codec } from './whatsapp/codec.ts';
import { createConnector } from './whatsapp/connector.ts';

/** What a test may bring along in place of the real thing. */
export interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openDatabase: (location: string, options: OpenOptions) => Promise<Database>;
}

export interface Gateway {
  /** Where it listens. */
  readonly url: string;
  /** The admin token if it was made just now: to be shown once. */
  readonly newAdminToken: string | null;
  /** Ends what is under way, in order, and closes the database. */
  stop(): Promise<void>;
}

/**
 * Starts the whole server: the tests start this same thing. Deliveries begin as soon as the database is open; each
 * instance drains its own inbox and connects, none waits for another.
 *
 * @throws Error with one plain line when it cannot start.
 */
export async function startGateway(config: Config, parts: Partial<Parts> = {}): Promise<Gateway> {
  const clock = parts.clock ?? systemClock;
  const log = parts.log ?? createLog(config.logLevel);
  await makeFolder(config.dataDir);
  const vault = createVault(config.secretKey ?? (await loadSecretKey(config.keyFile)));
  const metrics = new Metrics();
  const measures = countWhatHappens(metrics);
  const { onBatch, onResult, onForgotten, inbox: inboxMeasures } = measures;
  const database = await (parts.openDatabase ?? openDatabase)(config.database, { onBatch });
  const closing: (() => Promise<void> | void)[] = [() => database.close()];
  const stop = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    const own: OwnAddress = { host: config.host, port: 0 };
    const policy = addressPolicy(config, own);

    const webhooks = await openWebhooks(database, clock, vault);
    const sender = createSender({ clock, policy, limits: { totalMs: config.webhookDeadlineMs } });
    const replays: Replays = createReplays({
      database,
      clock,
      log,
      webhook: (id) => webhooks.get(id),
      onMade(webhookIds, count) {
        measures.onReplayed(count);
        scheduler.lookAgain(webhookIds);
      },
      onDropped(webhookIds, count) {
        measures.onSettled('dropped', count);
        webhookIds.forEach((webhookId) => scheduler.reload(webhookId));
      },
    });
    const scheduler: Scheduler = createScheduler({
      store: countSettled(createOutboxStore(database), (state, count) => {
        measures.onSettled(state, count);
        replays.ended(count);
      }),
      clock,
      log,
      webhook: (id) => webhooks.get(id),
      send: (request, signal) => sender.send(request, signal),
      limits: { lanesAtOnce: config.webhookLanes },
      onResult,
    });
    webhooks.onChange(({ id }) => {
      void scheduler.webhookChanged(id);
      replays.webhookChanged();
    });

    const signals = new EventSignals();
    const inboxes: Inboxes = new Inboxes({
      database,
      vault,
      clock,
      log,
      codec,
      own: (instanceId) => ownOf(instances, instanceId),
      webhooks: (instanceId) => webhooks.of(instanceId),
      eventIds: await openEventIds(database),
      onEvents: (instanceId) => signals.wake(instanceId),
      onDeliveries: (deliveries) => scheduler.add(deliveries),
      onUncertain: (webhookIds) => scheduler.lookAgain(webhookIds),
      onAnswer: (instanceId, answer) => messages.answered(instanceId, answer),
      ...inboxMeasures,
    });
    const connector = createConnector({
      database,
      clock,
      log,
      settings: {
        url: config.whatsappUrl ?? 'wss://web.whatsapp.com/ws/chat',
        rootKey: config.whatsappRootKey,
        version: config.whatsappVersion,
      },
      async inboxOf(instanceId) {
        const { inbox, drain } = await inboxes.open(instanceId);
        return {
          inbox,
          offlineSync: (ended) => drain.offlineSync(ended),
          whenDrained: () => drain.whenIdle(),
        };
      },
    });
    const instances: InstanceManager = new InstanceManager({
      database,
      clock,
      log,
      connector,
      openInbox: async (instanceId) => (await inboxes.open(instanceId)).inbox,
      closeInbox: (instanceId) => inboxes.close(instanceId),
      onReady: (instanceId) => void messages.resendPending(instanceId),
      removeWebhooks: (instanceId) => webhooks.removeAll(instanceId),
      onRemoved: (instanceId) => signals.end(instanceId),
      openingAtOnce: config.openingAtOnce,
    });
    const messages: MessageSender = new MessageSender({
      database,
      vault,
      clock,
      log,
      connector,
      connectionOf: (instanceId) => instances.sender(instanceId),
      describe: async (instanceId, outgoing) => {
        const { messages, inbox } = await inboxes.open(instanceId);
        const parts = { vault, codec, messages, addresses: inbox.addresses };
        return describeOutgoing(outgoing, ownOf(instances, instanceId), parts);
      },
    });

    readWhatIs(metrics, {
      instances,
      countWaiting: (max) => countWaiting(database, max),
      scheduler: () => scheduler.state(),
    });
    const http = createHttpServer({
      metrics,
      instances,
      messages,
      webhooks,
      tokens: createTokens(database, clock),
      chats: createChatNames(database),
      deliveries: createDeliveryLog({
        database,
        webhook: (id) => webhooks.get(id),
        onReleased: (webhookId) => scheduler.lookAgain([webhookId]),
      }),
      replays,
      eventLog: {
        read: (page) => listEvents(database, page),
        range: (instanceId) => eventRange(database, instanceId),
        signals,
      },
      inspectInbox: async (instanceId, limit) => {
        const { inbox } = await inboxes.open(instanceId);
        return inspectInbox(database, inbox.addresses, instanceId, limit);
      },
      checkWebhookUrl(url) {
        const check = checkWebhookUrl(url, policy);
        return check.ok ? null : check.problem;
      },
      config,
      log,
      clock,
    });
    closing.push(() => stopDelivering(scheduler, sender));
    await scheduler.start();
    closing.push(() => replays.stop());
    await replays.start();
    closing.push(() => instances.stop());
    await instances.start();
    const sweeper = new Sweeper({ rules: retentionRules(database, config), clock, log, onForgotten });
    closing.push(() => sweeper.stop());
    sweeper.start();
    closing.push(() => http.close());
    own.port = await listen(http, config);
    // Last, so that a start that fails never makes a token that nobody sees.
    const newAdminToken = await ensureAdminToken(database, config.adminToken, clock);
    const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${own.port}`;
    log.info({ url }, 'The gateway is up.');
    return { url, newAdminToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface OwnAddress {
  readonly host: string;
  port: number;
}

/** Who may be reached by webhooks; the own port is known once we listen. */
function addressPolicy(config: Config, own: OwnAddress): AddressPolicy {
  return {
    allowLoopback: isLoopback(config.host),
    allowedRanges: config.allowWebhookAddresses,
    setting: 'EAZEWA_ALLOW_WEBHOOK_ADDRESSES',
    get ownAddresses() {
      return addressesOf(own.host).map((address) => ({ address, port: own.port }));
    },
  };
}

/** Every address that leads to us when we listen on `host`. */
function addressesOf(host: string): string[] {
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [host, ...interfaces.map(({ address }) => address)];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function ownOf(instances: InstanceManager, instanceId: number): Own {
  const instance = instances.peek(instanceId);
  return { instanceId, phone: instance?.phone ? phoneJid(instance.phone) : '', lid: instance?.lid ?? null };
}

async function listen(http: FastifyInstance, { host, port }: Config): Promise<number> {
  try {
    await http.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Error(
        `Port ${port} is in use. Stop the program that has it, or choose another EAZEWA_PORT.`,
        { cause: error },
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Error(`This machine has no address ${host}. Choose another EAZEWA_HOST.`, { cause: error });
    }
    throw error;
  }
  return (http.server.address() as AddressInfo).port;
}

async function stopDelivering(scheduler: Scheduler, sender: Sender): Promise<void> {
  await scheduler.stop();
  sender.close();
}
