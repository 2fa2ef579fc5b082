import type { PreparedEvent } from '@eazewa/gateway/outbox/record-event';
import type { Delivery, OutboxStore } from '@eazewa/gateway/outbox/outbox-store';

/** The outbox without a database: the same port, nothing survives. What durability costs is measured against it. */
export class MemoryOutbox implements OutboxStore {
  readonly #lanes = new Map<string, Map<number, Delivery>>();
  readonly #byId = new Map<number, Map<number, Delivery>>();
  #lastId = 0;

  record({ event }: PreparedEvent, webhookId: number, lane: number): Delivery {
    const id = ++this.#lastId;
    const { id: eventId, name: eventName, body } = event;
    const delivery = {
      id,
      webhookId,
      lane,
      eventId,
      eventName,
      body,
      media: null,
      bodyBytes: body.length,
      attempts: 0,
      createdAt: 0,
      replayId: null,
    };
    const key = `${webhookId} ${lane}`;
    const deliveries = this.#lanes.get(key) ?? new Map<number, Delivery>();
    this.#lanes.set(key, deliveries);
    deliveries.set(id, delivery);
    this.#byId.set(id, deliveries);
    return delivery;
  }

  webhooksWaiting(): Promise<number[]> {
    return Promise.resolve([]);
  }

  lanesWaiting(): Promise<[]> {
    return Promise.resolve([]);
  }

  heads(webhookId: number, lane: number, limit: number): Promise<Delivery[]> {
    const deliveries = this.#lanes.get(`${webhookId} ${lane}`)?.values() ?? [];
    return Promise.resolve([...deliveries].slice(0, limit));
  }

  settle({ deliveryId }: { readonly deliveryId: number }): Promise<void> {
    this.#byId.get(deliveryId)?.delete(deliveryId);
    this.#byId.delete(deliveryId);
    return Promise.resolve();
  }

  freeze(): Promise<void> {
    return Promise.resolve();
  }

  ownBody(): Promise<Uint8Array> {
    return Promise.reject(new Error('no delivery has a body of its own here'));
  }

  logAttempts(): Promise<void> {
    return Promise.resolve();
  }

  drop(): Promise<{ count: number; hasMore: boolean }> {
    return Promise.resolve({ count: 0, hasMore: false });
  }
}
