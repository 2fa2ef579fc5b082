import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createChatNames } from './chats/chat-names.ts';
import { systemClock, type Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { Database } from './database/database.ts';
import { fileOf, openDatabase, type OpenOptions } from './database/open-database.ts';
import { proxyOf } from './delivery/proxy.ts';
import { createScheduler, type Scheduler } from './delivery/scheduler.ts';
import { sendTest, testDeadlineMs } from './delivery/send-test.ts';
import { createSender, type Sender } from './delivery/sender.ts';
import type { Own } from './events/translation.ts';
import { createHttpServer } from './http/server.ts';
import { newEventId } from './ids.ts';
import { describeOutgoing } from './inbox/describe-outgoing.ts';
import { Inboxes } from './inbox/inboxes.ts';
import { inspectInbox } from './inbox/inspect-inbox.ts';
import { InstanceManager } from './instances/manager.ts';
import { phoneJid } from './jid.ts';
import { createLog, type Log } from './log.ts';
import { countWhatHappens, readWhatIs } from './measures.ts';
import { createBlobs } from './media/blobs.ts';
import { createLoader } from './media/load-source.ts';
import { loadCa } from './media/load-ca.ts';
import { createMedia, type Media } from './media/media.ts';
import { createMediaLinks } from './media/media-links.ts';
import { askForFile } from './messages/ask-for-file.ts';
import { moveFile } from './messages/find-message.ts';
import { MessageSender } from './messages/send-message.ts';
import { Metrics } from './metrics.ts';
import { countSettled } from './outbox/count-settled.ts';
import { countWaiting, createOutboxStore } from './outbox/delivery-store.ts';
import { createDeliveryLog } from './outbox/delivery-log.ts';
import { createReplays, type Replays } from './outbox/replays.ts';
import { EventSignals } from './outbox/event-signals.ts';
import { hasWaiting } from './outbox/has-waiting.ts';
import type { Settlement } from './outbox/outbox-store.ts';
import { eventRange, listEvents, openEventIds } from './outbox/list-events.ts';
import { DiskWatch, spaceOf } from './operations/disk-watch.ts';
import type { DiskSpace } from './operations/disk-decisions.ts';
import { createOperations, type Operations } from './operations/operations.ts';
import { keepOperatorWebhook } from './operations/operator-webhook.ts';
import { checkWebhookUrl, type AddressPolicy } from './reach/guard-address.ts';
import { createResolver } from './reach/resolve-host.ts';
import { retentionRules } from './retention/rules.ts';
import { Sweeper } from './retention/sweeper.ts';
import { loadSecretKey, makeFolder } from './secret-key.ts';
import { createTokens, ensureAdminToken } from './tokens/token-store.ts';
import { createVault } from './vault.ts';
import { openWebhooks, type OperatorSettings } from './webhooks/webhooks.ts';
import { codec } from './whatsapp/codec.ts';
import { createConnector } from './whatsapp/connector.ts';

/** What a test may bring along in place of the real thing. */
export interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly openDatabase: (location: string, options: OpenOptions) => Promise<Database>;
  /** How full the disk is that a folder is on. */
  readonly diskSpace: (folder: string) => Promise<DiskSpace>;
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
  const secretKey = config.secretKey ?? (await loadSecretKey(config.keyFile));
  const vault = createVault(secretKey);
  const mediaCa = await loadCa(config.whatsappMediaCa);
  const metrics = new Metrics();
  const measures = countWhatHappens(metrics);
  const { onBatch, onResult, onForgotten, inbox: inboxMeasures } = measures;
  const database = await (parts.openDatabase ?? openDatabase)(config.database, { onBatch });
  const closing: (() => Promise<void> | void)[] = [() => database.close()];
  const stop = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    const own: OwnAddress = { host: config.host, port: config.port };
    const policy = addressPolicy(config, own, webhookAddresses(config));
    const resolve = createResolver({ clock });

    const webhooks = await openWebhooks(database, clock, vault);
    const proxy = config.webhookProxy === null ? null : proxyOf(config.webhookProxy);
    const sender = createSender({
      clock,
      policy,
      proxy,
      limits: { totalMs: config.webhookDeadlineMs, hostPerSecond: config.hostAttemptsPerSecond },
    });
    const replays: Replays = createReplays({
      database,
      clock,
      log,
      webhook: (id) => webhooks.get(id),
      onMade(webhookIds, count) {
        measures.onReplayed(count);
        operations.lookAgain(webhookIds);
      },
      onDropped(webhookIds, count) {
        measures.onSettled('dropped', count);
        operations.lookAgain(webhookIds);
        webhookIds.forEach((webhookId) => scheduler.reload(webhookId));
      },
    });
    const onSettled = (state: Settlement['state'], count: number) => {
      measures.onSettled(state, count);
      replays.ended(count);
    };
    const store = countSettled(
      createOutboxStore(database, (ended) => operations.ended(ended)),
      onSettled,
    );
    const scheduler: Scheduler = createScheduler({
      store,
      clock,
      log,
      webhook: (id) => webhooks.get(id),
      send: (request, signal) => sender.send(request, signal),
      fetchMedia: (...what) => media.fetch(...what),
      limits: { lanesAtOnce: config.webhookLanes },
      onResult,
      onStoreBack: () => operations.storeIsBack(),
      onHealth: (change) => operations.healthChanged(change),
    });
    const operations: Operations = createOperations({
      database,
      clock,
      log,
      store,
      webhooks,
      scheduler: {
        add: (deliveries) => scheduler.add(deliveries),
        lookAgain: (webhookIds) => scheduler.lookAgain(webhookIds),
        inFlight: (webhookId) => scheduler.inFlight(webhookId),
        reload: (webhookId) => scheduler.reload(webhookId),
      },
      onDropped: (count) => onSettled('dropped', count),
    });
    closing.push(() => operations.stop());
    webhooks.onChange(({ id }) => {
      operations.webhookChanged(id);
      void scheduler.webhookChanged(id);
      replays.webhookChanged();
    });
    await keepOperatorWebhook(webhooks, operatorSettings(config), (url) => problemOf(url, policy));
    // Connections of its own, so that a test never waits for a place among the deliveries.
    const testLimitMs = Math.min(config.webhookDeadlineMs, testDeadlineMs);
    const tester = createSender({ clock, policy, proxy, limits: { totalMs: testLimitMs } });
    closing.push(() => tester.close());

    const mediaLinks = createMediaLinks(secretKey, config.mediaLinkHours * 3_600_000, () => clock.now());
    const mediaHost = { host: config.whatsappMediaHost ?? 'mmg.whatsapp.net', ca: mediaCa };
    const media: Media = createMedia({
      clock,
      onOutcome: measures.onMedia,
      host: mediaHost,
      requestUpload: (instanceId, message) => askForFile(message, () => instances.sender(instanceId)),
      keepPath: async (instanceId, message, path) => {
        const { messages } = await inboxes.open(instanceId);
        await moveFile(database, messages, instanceId, message, path);
      },
    });
    const blobs = createBlobs({ clock, host: mediaHost });
    closing.push(() => blobs.close());
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
      mediaLink: (instanceId, messageId) =>
        config.publicUrl === null ? null : mediaLinks.make(config.publicUrl, instanceId, messageId),
      isFull: (webhookId) => operations.isFull(webhookId),
      onRefused: (webhookIds) => operations.refused(webhookIds),
      onDeliveries: (deliveries) => operations.added(deliveries),
      onUncertain: (webhookIds) => operations.lookAgain(webhookIds),
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
        mediaCa,
        version: config.whatsappVersion,
      },
      blobs,
      async inboxOf(instanceId) {
        const { inbox, drain, groups } = await inboxes.open(instanceId);
        return {
          inbox,
          groups,
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
    const loadSource = createLoader({
      clock,
      policy: addressPolicy(config, own, mediaAddresses(config)),
      resolve,
      maxBytes: config.mediaLimitBytes,
    });
    const messages: MessageSender = new MessageSender({
      database,
      vault,
      clock,
      log,
      connector,
      loadSource,
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
      webhooksAtQuota: () => operations.webhooksAtQuota(),
    });
    const http = createHttpServer({
      metrics,
      instances,
      messages,
      media,
      mediaLinks,
      webhooks,
      tokens: createTokens(database, clock),
      hasWaiting: (webhookId) => hasWaiting(database, webhookId),
      backlogOf: (webhookId) => operations.backlogOf(webhookId),
      sendTest: (webhook) =>
        sendTest(webhook, {
          sender: tester,
          clock,
          eventId: newEventId(clock.now()),
          deadlineMs: testLimitMs,
        }),
      randomBytes,
      chats: createChatNames(database),
      deliveries: createDeliveryLog({
        database,
        webhook: (id) => webhooks.get(id),
        onReleased(webhookId) {
          operations.lookAgain([webhookId]);
          // What was released comes before what was recorded after it, and of that memory may hold some.
          scheduler.reload(webhookId);
        },
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
      retryParked: (instanceId, seq) => inboxes.retryParked(instanceId, seq),
      checkWebhookUrl: (url) => problemOf(url, policy),
      config,
      log,
      clock,
    });
    closing.push(() => stopDelivering(scheduler, sender));
    await scheduler.start();
    operations.start();
    closing.push(() => replays.stop());
    await replays.start();
    closing.push(() => instances.stop());
    const file = fileOf(config.database);
    const disk = new DiskWatch({
      clock,
      log,
      percent: file === null ? 0 : config.diskFloorPercent,
      space: () => (parts.diskSpace ?? spaceOf)(dirname(file ?? '')),
      pause: (reason) => instances.pause(reason),
      resume: () => instances.resume(),
      tell: (event) => operations.events.tell(event),
    });
    closing.push(() => disk.stop());
    await disk.start();
    await instances.start();
    const sweeper = new Sweeper({ rules: retentionRules(database, config), clock, log, onForgotten });
    closing.push(() => sweeper.stop());
    sweeper.start();
    closing.push(() => http.close());
    // First of all: the API ends when its calls have ended, and some wait for files.
    closing.push(() => media.close());
    closing.push(() => loadSource.close());
    // Before that: a delivery whose file does not come goes without it, for good.
    closing.push(() => scheduler.stopFetching());
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

function operatorSettings({ operatorWebhookUrl, operatorWebhookSecret }: Config): OperatorSettings {
  return { url: operatorWebhookUrl, signingKey: operatorWebhookSecret };
}

function problemOf(url: string, policy: AddressPolicy): string | null {
  const check = checkWebhookUrl(url, policy);
  return check.ok ? null : check.problem;
}

interface OwnAddress {
  readonly host: string;
  port: number;
}

/** Private addresses that a setting allows. */
type Allowed = Pick<AddressPolicy, 'allowedRanges' | 'setting'>;

function webhookAddresses({ allowWebhookAddresses }: Config): Allowed {
  return { allowedRanges: allowWebhookAddresses, setting: 'EAZEWA_ALLOW_WEBHOOK_ADDRESSES' };
}

/** Not those of webhooks: what is read there is sent to whomever the caller chooses. */
function mediaAddresses({ allowMediaAddresses }: Config): Allowed {
  return { allowedRanges: allowMediaAddresses, setting: 'EAZEWA_ALLOW_MEDIA_ADDRESSES' };
}

/** Who may be reached; a port that is chosen for us is known once we listen. */
function addressPolicy(config: Config, own: OwnAddress, allowed: Allowed): AddressPolicy {
  return {
    allowLoopback: isForThisMachineOnly(config),
    ...allowed,
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

/** A server in front may bring callers from elsewhere to a loopback address; the public URL tells of one. */
function isForThisMachineOnly({ host, publicUrl }: Config): boolean {
  const isPublic = publicUrl !== null && !isLoopback(new URL(publicUrl).hostname.replaceAll(/[[\]]/g, ''));
  return isLoopback(host) && !isPublic;
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
