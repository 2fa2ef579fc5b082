import type { Delivery, OutboxStore } from '../outbox/outbox-store.ts';
import type { AttemptHistory } from './attempt-history.ts';
import type { Place } from './places.ts';

/** Deliveries of one lane in memory at most. */
const headsMax = 16;

/** Bytes of bodies that all lanes hold; shared by them, so that a few large lanes leave room for the others. */
export interface BodyMemory {
  bytes: number;
  readonly bytesMax: number;
}

/** What must stay in order: the deliveries of one chat to one webhook. Memory holds the oldest, the store has them all. */
export class Lane {
  readonly webhookId: number;
  readonly number: number;
  /** The unanswered attempts of its head. */
  history: AttemptHistory | null = null;
  /** Ends its wait for the next attempt, or for a file; null while it does not wait. */
  cancelWait: (() => void) | null = null;
  /** Its next attempt is due then, on the monotonic clock. */
  dueAt = 0;
  isInTurn = false;
  /** When its last attempt ended, on the monotonic clock, if that had no response. */
  silentAt: number | null = null;
  /** The delivery that is being attempted, or whose result is being written down. */
  current: Delivery | null = null;
  /** Closes the socket of the attempt; made anew once it was used. */
  abort = new AbortController();
  /** For the body of its head, if that is large: from when it stands in line until the attempt has ended. */
  room: { readonly bytes: number; readonly place: Place } | null = null;
  readonly #memory: BodyMemory;
  #heads: Delivery[] = [];
  /** The store may have deliveries that come after those in memory. */
  #hasMore: boolean;
  #isLoading = false;
  /** What is being read may have ended since. */
  #isStale = false;
  #lastId = 0;
  /** How many deliveries are read at a time: one, until a delivery has ended since the last silence. */
  #loadMax = 1;
  #headId: number;

  /** `headId`: of its oldest delivery, when the store has some that memory has not. */
  constructor(webhookId: number, number: number, memory: BodyMemory, headId: number | null) {
    this.webhookId = webhookId;
    this.number = number;
    this.#memory = memory;
    this.#hasMore = headId !== null;
    this.#headId = headId ?? Infinity;
  }

  /** The id of its oldest delivery, as far as it is known: the smaller, the longer has it waited. */
  get headId(): number {
    return this.#heads[0]?.id ?? this.#headId;
  }

  get hasWork(): boolean {
    return this.#hasMore || this.#heads.length > 0;
  }

  /** Whether there is more behind its head. */
  get hasNext(): boolean {
    return this.#hasMore || this.#heads.length > 1;
  }

  /** Takes a delivery that has just been recorded, or remembers that the store has it. */
  offer(delivery: Delivery): void {
    const isNext = !this.#isLoading && !this.#hasMore && delivery.id > this.#lastId;
    if (!isNext || this.#heads.length >= headsMax || this.#isMemoryFull) this.#hasMore = true;
    else this.#hold([delivery]);
  }

  /** The oldest delivery, from the store when memory has none; null when there is none. */
  async head(store: OutboxStore): Promise<Delivery | null> {
    if (this.#heads.length === 0 && this.#hasMore) await this.#load(store);
    return this.#heads[0] ?? null;
  }

  /** The oldest delivery when it is in memory. */
  get headInMemory(): Delivery | undefined {
    return this.#heads[0];
  }

  /** The head has ended. */
  shift(): void {
    const head = this.#heads.shift();
    if (head) this.#memory.bytes -= head.body.length;
    this.history = null;
    this.#loadMax = headsMax;
  }

  /** Gives its room back, or leaves the line for it. */
  leaveRoom(): void {
    this.room?.place.leave();
    this.room = null;
  }

  /** The store may have deliveries that nobody offered. */
  lookAgain(): void {
    this.#hasMore = true;
  }

  /** Gives the memory back; the store has the deliveries. */
  unload(): void {
    this.#isStale = true;
    this.#keep(0);
  }

  /** The same after a silence, but for the head, while memory has plenty: it is all that is needed for a while. */
  unloadRest(): void {
    this.#keep(this.#memory.bytes < this.#memory.bytesMax / 4 ? 1 : 0);
  }

  #keep(count: number): void {
    this.#loadMax = 1;
    if (this.#heads.length <= count) return;
    this.#headId = this.headId;
    for (const head of this.#heads.splice(count)) this.#memory.bytes -= head.body.length;
    this.#hasMore = true;
  }

  get #isMemoryFull(): boolean {
    return this.#memory.bytes >= this.#memory.bytesMax;
  }

  async #load(store: OutboxStore): Promise<void> {
    const limit = this.#isMemoryFull ? 1 : this.#loadMax;
    this.#isLoading = true;
    this.#isStale = false;
    // What is offered while the store reads may be missing from its answer: it sets this again.
    this.#hasMore = false;
    try {
      const heads = await store.heads(this.webhookId, this.number, limit);
      if (heads.length === limit || this.#isStale) this.#hasMore = true;
      if (!this.#isStale) this.#hold(heads);
    } catch (error) {
      this.#hasMore = true;
      throw error;
    } finally {
      this.#isLoading = false;
    }
  }

  #hold(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      this.#heads.push(delivery);
      this.#memory.bytes += delivery.body.length;
      this.#lastId = delivery.id;
    }
  }
}
