import type {
  OperationalEventBody,
  OperationalEventData,
  OperationalEventName,
} from '@eazewa/sdk/operational-events';
import { Pauses, type Clock } from '../clock.ts';
import { DataError, type Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Delivery } from '../outbox/outbox-store.ts';
import { newDeliveries, prepareEvent, type PreparedEvent } from '../outbox/record-event.ts';
import { operatorInstanceId, type Webhook } from '../webhooks/webhook.ts';

/** Something that the operator is told; `webhook` is the one that it is about, null for the gateway itself. */
export type OperationalEvent = {
  [Name in OperationalEventName]: {
    readonly event: Name;
    readonly webhook: Webhook | null;
    readonly data: OperationalEventData[Name];
  };
}[OperationalEventBody['event']];

export interface OperationalEventsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** The operator's webhooks, as they are now: one or none. */
  readonly webhooks: () => readonly Webhook[];
  readonly isFull: (webhookId: number) => boolean;
  /** As of the drain: deliveries that a commit made, in their order. */
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  /** A commit's outcome was not known: it may have made deliveries that are never told. */
  readonly onUncertain: (webhookIds: readonly number[]) => void;
}

/** So many events are one unit of work: a dead host may have a thousand webhooks. */
const eventsPerUnit = 200;
const repeatMs = 1000;

/** What the operator is told: a line in the log at once, and an event for the operator's webhook. */
export class OperationalEvents {
  readonly #parts: OperationalEventsParts;
  #waiting: PreparedEvent[] = [];
  #writing: Promise<void> | null = null;
  readonly #pauses: Pauses;
  #isStopped = false;

  constructor(parts: OperationalEventsParts) {
    this.#parts = parts;
    this.#pauses = new Pauses(parts.clock);
  }

  /** Never throws and does not wait; what is told in one turn of the event loop is written together. */
  tell(event: OperationalEvent): void {
    this.#log(event);
    // Of the operator's own webhook only the log tells: it would be the one that is to hear it.
    if (event.webhook?.source === 'operator') return;
    const { webhooks, isFull, clock } = this.#parts;
    const receivers = webhooks().filter(({ url }) => url !== null);
    if (receivers.length === 0 || this.#isStopped) return;
    this.#waiting.push(
      prepareEvent({
        instanceId: operatorInstanceId,
        concerns: event.webhook?.instanceId ?? operatorInstanceId,
        chatId: null,
        draft: { name: event.event, data: event.data, identity: null },
        webhooks: receivers,
        isFull,
        nowMs: clock.now(),
      }),
    );
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when what was told is written down. */
  async whenWritten(): Promise<void> {
    await this.#writing;
  }

  /** Writes what was told; what a store that is down does not take is not tried again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pauses.endAll();
    await this.#writing;
  }

  #log({ event, webhook, data }: OperationalEvent): void {
    const { log } = this.#parts;
    const fields = { ...data, instanceId: webhook?.instanceId };
    switch (event) {
      case 'webhook.failing':
      case 'webhook.recovered':
        // The one who calls the webhook has said so, in more detail.
        return;
      case 'quota.near':
        log.warn(fields, 'most of what may wait for the webhook is used up');
        return;
      case 'quota.reached':
        log.error(fields, reachedText[webhook?.options.quota.whenReached ?? 'pause']);
        return;
      case 'disk.low':
        log.error(
          fields,
          'The disk is nearly full: the connections to WhatsApp are closed, so that it keeps the messages.',
        );
        return;
      case 'disk.recovered':
        log.info(fields, 'The disk has space again: the connections to WhatsApp are opened.');
        return;
      default:
        event satisfies never;
    }
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0, eventsPerUnit));
    this.#writing = null;
  }

  /** The same unit until it is in the store: when that is not known, a repetition tells. */
  async #write(events: readonly PreparedEvent[]): Promise<void> {
    const { database, log, onDeliveries } = this.#parts;
    const unit = events.flatMap(({ statements }) => statements);
    for (let isUncertain = false; ; isUncertain = true) {
      try {
        onDeliveries(newDeliveries(events, await database.commit(unit)));
        return;
      } catch (error) {
        // The ids are taken: the first time it was written after all.
        if (isUncertain && error instanceof DataError) return this.#lookAgain();
        log.error({ err: error, events: events.length }, 'operational events could not be recorded');
        if (this.#isStopped || error instanceof DataError) return;
        await this.#pauses.take(repeatMs);
      }
    }
  }

  #lookAgain(): void {
    const { webhooks, onUncertain } = this.#parts;
    onUncertain(webhooks().map(({ id }) => id));
  }
}

const reachedText = {
  pause: 'the webhook is at its quota: new events are recorded and not sent until less is waiting',
  drop_oldest: 'the webhook is at its quota: what waits longest is dropped',
} as const;

/** `https://host:port` of a webhook's URL; never its path, which holds its token. */
export function originOf(url: string | null): string | null {
  return url === null ? null : (URL.parse(url)?.origin ?? null);
}
