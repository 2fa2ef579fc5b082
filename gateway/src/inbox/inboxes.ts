import type { MediaLinkData, MessageData } from '@eazewa/sdk/events';
import { Addresses } from '../chats/addresses.ts';
import { Chats } from '../chats/chat-store.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Own } from '../events/translation.ts';
import { Groups } from '../groups/group-store.ts';
import type { EventIds } from '../ids.ts';
import type { Log } from '../log.ts';
import { MessageStore } from '../messages/message-store.ts';
import { RecipientStore } from '../messages/recipient-store.ts';
import type { ServerAnswer } from '../messages/server-answer.ts';
import type { Delivery } from '../outbox/outbox-store.ts';
import type { Vault } from '../vault.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Codec } from '../events/codec.ts';
import { Drain } from './drain.ts';
import type { InboxMeasures } from './inbox-measures.ts';
import { InstanceInbox } from './instance-inbox.ts';
import { retryAllParked, retryParked } from './retry-parked.ts';

export interface InboxesParts extends InboxMeasures {
  readonly database: Database;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: Log;
  readonly codec: Codec;
  readonly own: (instanceId: number) => Own;
  readonly webhooks: (instanceId: number) => readonly Webhook[];
  /** The same for all instances. */
  readonly eventIds: EventIds;
  /** Called when events of an instance were committed, or may have been. */
  readonly onEvents: (instanceId: number) => void;
  readonly mediaLink?: (instanceId: number, message: MessageData) => MediaLinkData | null;
  readonly isFull?: (webhookId: number) => boolean;
  readonly onRefused?: (webhookIds: readonly number[]) => void;
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  /** Called when deliveries to these webhooks may have been recorded without `onDeliveries`. */
  readonly onUncertain: (webhookIds: readonly number[]) => void;
  readonly onAnswer: (instanceId: number, answer: ServerAnswer) => void;
}

/** The inbox of one instance with the drain that empties it. */
export interface OpenInbox {
  readonly inbox: InstanceInbox;
  readonly drain: Drain;
  readonly messages: MessageStore;
  readonly groups: Groups;
}

/** The inboxes of all instances. */
export class Inboxes {
  readonly #parts: InboxesParts;
  readonly #open = new Map<number, Promise<OpenInbox>>();

  constructor(parts: InboxesParts) {
    this.#parts = parts;
  }

  /** Opens the inbox of an instance; what waits in it is drained at once, connected or not. */
  open(instanceId: number): Promise<OpenInbox> {
    const existing = this.#open.get(instanceId);
    if (existing !== undefined) return existing;
    // Kept before it is open: two inboxes would give the same sequence numbers.
    const opening = this.#openNow(instanceId);
    this.#open.set(instanceId, opening);
    opening.catch(() => this.#open.delete(instanceId));
    return opening;
  }

  async #openNow(instanceId: number): Promise<OpenInbox> {
    const { database, clock } = this.#parts;
    const addresses = new Addresses(database, instanceId);
    const messages = new MessageStore(database, instanceId);
    const groups = new Groups(database, instanceId);
    const drain = new Drain(instanceId, {
      ...this.#parts,
      addresses,
      messages,
      groups,
      recipients: new RecipientStore(database, instanceId, () => clock.now()),
      chats: new Chats(database, instanceId, () => clock.now()),
      own: () => this.#parts.own(instanceId),
      webhooks: () => this.#parts.webhooks(instanceId),
      mediaLink: (message) => this.#parts.mediaLink?.(instanceId, message) ?? null,
      onEvents: () => this.#parts.onEvents(instanceId),
      onUncertain: () => this.#parts.onUncertain(this.#parts.webhooks(instanceId).map(({ id }) => id)),
      onAnswer: (answer) => this.#parts.onAnswer(instanceId, answer),
    });
    const inbox = await InstanceInbox.open(instanceId, this.#parts, addresses, drain);
    drain.kick();
    return { inbox, drain, messages, groups };
  }

  /**
   * Hands one parked row, or all when `seq` is null, to the drain once more. Resolves with how many there are.
   *
   * @throws GatewayError when the one row cannot be tried again
   */
  async retryParked(instanceId: number, seq: number | null): Promise<number> {
    const { database } = this.#parts;
    const { drain } = await this.open(instanceId);
    if (seq !== null) await retryParked(database, instanceId, seq);
    const count = seq === null ? await retryAllParked(database, instanceId) : 1;
    if (count > 0) drain.lookAgain();
    return count;
  }

  async close(instanceId: number): Promise<void> {
    const opened = await this.#open.get(instanceId);
    await opened?.drain.stop();
    this.#open.delete(instanceId);
  }
}
