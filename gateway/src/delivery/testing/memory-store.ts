import { trackOf, type Delivery, type OutboxStore, type Track } from '../../outbox/outbox-store.ts';

/** An outbox in memory, for tests of so many steps that a disk would take hours. */
export class MemoryStore implements OutboxStore {
  readonly #lanes = new Map<number, Delivery[]>();
  readonly #byId = new Map<number, Delivery>();
  #lastId = 0;
  /** How often attempts that ended nothing were written down. */
  logged = 0;

  /** Records an event for webhook 1. */
  record(lane: number): Delivery {
    const id = ++this.#lastId;
    const delivery: Delivery = {
      id,
      webhookId: 1,
      lane,
      replayId: null,
      eventId: `evt_${id}`,
      eventName: 'message',
      body: Buffer.from('{}'),
      media: null,
      bodyBytes: 2,
      attempts: 0,
      createdAt: 0,
    };
    const waiting = this.#lanes.get(lane);
    if (waiting) waiting.push(delivery);
    else this.#lanes.set(lane, [delivery]);
    this.#byId.set(id, delivery);
    return delivery;
  }

  /** The lane of an event that waits. */
  laneOf(eventId: string): number {
    return this.#byId.get(Number(eventId.slice(4)))?.lane ?? -1;
  }

  get waiting(): number {
    return this.#byId.size;
  }

  async webhooksWaiting(after: number): Promise<number[]> {
    return after < 1 && this.#byId.size > 0 ? [1] : [];
  }

  async lanesWaiting(_webhookId: number, track: Track, after: number | null, limit: number) {
    return [...this.#lanes]
      .filter(([lane]) => trackOf(lane) === track && (after === null || lane > after))
      .toSorted(([one], [other]) => one - other)
      .slice(0, limit)
      .map(([lane, deliveries]) => ({ lane, headId: deliveries[0]?.id ?? 0 }));
  }

  async heads(_webhookId: number, lane: number, limit: number): Promise<Delivery[]> {
    return (this.#lanes.get(lane) ?? []).slice(0, limit);
  }

  async settle({ deliveryId }: { readonly deliveryId: number }): Promise<void> {
    const delivery = this.#byId.get(deliveryId);
    if (!delivery) return;
    this.#byId.delete(deliveryId);
    const waiting = this.#lanes.get(delivery.lane) ?? [];
    const place = waiting.indexOf(delivery);
    if (place >= 0) waiting.splice(place, 1);
    if (waiting.length === 0) this.#lanes.delete(delivery.lane);
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
