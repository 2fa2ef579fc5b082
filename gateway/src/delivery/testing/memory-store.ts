import { trackOf, type Delivery, type OutboxStore, type Track } from '../../outbox/outbox-store.ts';
import type { RecordedEvent } from '../../outbox/record-event.ts';

/** The deliveries of a lane by their ids, oldest first. */
type Lane = Map<number, Delivery>;

/**
 * An outbox in memory: nothing survives. For tests of so many steps that a disk would take hours, and for benches that
 * measure what the disk costs.
 */
export class MemoryStore implements OutboxStore {
  /** By webhook and number; a lane is there while something waits in it. */
  readonly #webhooks = new Map<number, Map<number, Lane>>();
  readonly #byId = new Map<number, Delivery>();
  #lastId = 0;
  /** How often attempts that ended nothing were written down. */
  logged = 0;

  /** Records an event for a webhook; an empty one when none is given. */
  record(lane: number, webhookId = 1, event?: Pick<RecordedEvent, 'id' | 'name' | 'body'>): Delivery {
    const id = ++this.#lastId;
    const { id: eventId, name: eventName, body } = event ?? { id: `evt_${id}`, name: 'message', body: empty };
    const delivery: Delivery = {
      id,
      webhookId,
      lane,
      replayId: null,
      eventId,
      eventName,
      body,
      media: null,
      requestBytes: body.length,
      bodyBytes: body.length,
      attempts: 0,
      createdAt: 0,
    };
    const lanes = this.#webhooks.get(webhookId) ?? new Map<number, Lane>();
    this.#webhooks.set(webhookId, lanes);
    const waiting = lanes.get(lane) ?? new Map<number, Delivery>();
    lanes.set(lane, waiting);
    waiting.set(id, delivery);
    this.#byId.set(id, delivery);
    return delivery;
  }

  /** The lane of an event that waits and was recorded without being given. */
  laneOf(eventId: string): number {
    return this.#byId.get(Number(eventId.slice(4)))?.lane ?? -1;
  }

  get waiting(): number {
    return this.#byId.size;
  }

  async webhooksWaiting(after: number, limit: number): Promise<number[]> {
    return [...this.#webhooks.keys()]
      .filter((id) => id > after)
      .toSorted((one, other) => one - other)
      .slice(0, limit);
  }

  async lanesWaiting(webhookId: number, track: Track, after: number | null, limit: number) {
    return [...(this.#webhooks.get(webhookId) ?? [])]
      .filter(([lane]) => trackOf(lane) === track && (after === null || lane > after))
      .toSorted(([one], [other]) => one - other)
      .slice(0, limit)
      .map(([lane, deliveries]) => ({ lane, headId: deliveries.keys().next().value ?? 0 }));
  }

  async heads(webhookId: number, lane: number, limit: number): Promise<Delivery[]> {
    const waiting = this.#webhooks.get(webhookId)?.get(lane)?.values() ?? [];
    return [...waiting].slice(0, limit);
  }

  async settle({ deliveryId }: { readonly deliveryId: number }): Promise<void> {
    const delivery = this.#byId.get(deliveryId);
    if (!delivery) return;
    const { webhookId, lane } = delivery;
    this.#byId.delete(deliveryId);
    const lanes = this.#webhooks.get(webhookId);
    const waiting = lanes?.get(lane);
    waiting?.delete(deliveryId);
    if (waiting?.size === 0) lanes?.delete(lane);
    if (lanes?.size === 0) this.#webhooks.delete(webhookId);
  }

  async freeze(): Promise<void> {
    throw new Error('no delivery of this store wants a file');
  }

  async ownBody(): Promise<Uint8Array | null> {
    throw new Error('no delivery of this store has a body of its own');
  }

  async logAttempts(): Promise<void> {
    this.logged++;
  }

  async drop() {
    return { count: 0, hasMore: false };
  }
}

const empty = Buffer.from('{}');
