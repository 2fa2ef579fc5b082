import type { Own } from '../events/translation.ts';
import { describeOutgoing } from '../inbox/describe-outgoing.ts';
import { Inboxes } from '../inbox/inboxes.ts';
import { InstanceManager } from '../instances/manager.ts';
import { phoneJid } from '../jid.ts';
import { mediaFileOf } from '../media/media-file.ts';
import { MessageSender } from '../messages/send-message.ts';
import type { Operations } from '../operations/operations.ts';
import { EventSignals } from '../outbox/event-signals.ts';
import { openEventIds } from '../outbox/list-events.ts';
import { codec } from '../whatsapp/codec.ts';
import { createConnector } from '../whatsapp/connector.ts';
import type { Files } from './files.ts';
import type { Ground } from './ground.ts';

/** The numbers: their connections, what comes in by them, and what is sent. */
export interface Numbers {
  readonly instances: InstanceManager;
  readonly inboxes: Inboxes;
  readonly messages: MessageSender;
  /** Wakes those who wait for an instance's events. */
  readonly signals: EventSignals;
}

export interface NumberParts {
  readonly files: Pick<Files, 'blobs' | 'loadSource' | 'mediaLinks'>;
  /** Certificates in PEM that the media server's is checked with; the usual ones when null. */
  readonly mediaCa: string | null;
  /** Told of each delivery that is made, and asked which webhooks are full. */
  readonly operations: Operations;
}

export async function createNumbers(
  { config, clock, log, database, vault, measures, webhooks }: Ground,
  { files, mediaCa, operations }: NumberParts,
): Promise<Numbers> {
  const { blobs, loadSource, mediaLinks } = files;
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
    mediaLink: (instanceId, message) =>
      config.publicUrl === null || mediaFileOf(message) === null
        ? null
        : mediaLinks.make(config.publicUrl, instanceId, message.id._serialized),
    isFull: (webhookId) => operations.isFull(webhookId),
    onRefused: (webhookIds) => operations.refused(webhookIds),
    onDeliveries: (deliveries) => operations.added(deliveries),
    onUncertain: (webhookIds) => operations.lookAgain(webhookIds),
    onAnswer: (instanceId, answer) => messages.answered(instanceId, answer),
    ...measures.inbox,
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
  const messages: MessageSender = new MessageSender({
    database,
    vault,
    clock,
    log,
    connector,
    loadSource,
    connectionOf: (instanceId) => instances.sender(instanceId),
    formsOf: async (instanceId, jid) => (await inboxes.open(instanceId)).inbox.addresses.formsOf(jid),
    describe: async (instanceId, outgoing) => {
      const { messages, inbox } = await inboxes.open(instanceId);
      const parts = { vault, codec, messages, addresses: inbox.addresses };
      return describeOutgoing(outgoing, ownOf(instances, instanceId), parts);
    },
  });
  return { instances, inboxes, messages, signals };
}

function ownOf(instances: InstanceManager, instanceId: number): Own {
  const instance = instances.peek(instanceId);
  return { instanceId, phone: instance?.phone ? phoneJid(instance.phone) : '', lid: instance?.lid ?? null };
}
