import { firstPlace, type Place, type WaitingDelivery } from '../outbox/waiting-deliveries.ts';
import type { Waiting } from './quota-decisions.ts';

/** A delivery that waits from now on. */
export interface Added {
  readonly id: number;
  readonly bodyBytes: number;
}

/** A delivery that waits no more. */
export interface Gone extends Place {
  readonly bodyBytes: number;
}

/**
 * What waits for one webhook, kept in memory. It is counted once from the store, page by page, while deliveries come and
 * go: what was recorded before the count began is for the count, what came later is added as it comes.
 */
export class Backlog {
  #deliveries = 0;
  #bytes = 0;
  /** No smaller id waits; `isGone`: neither does this one any more. */
  #oldest: { readonly id: number; readonly at: number; readonly isGone: boolean } | null = null;
  #count: Count | null;
  #generation = 0;

  /** `mustCount`: the store may have deliveries of it that were never added. */
  constructor(mustCount: boolean) {
    this.#count = mustCount ? new Count() : null;
  }

  get waiting(): Waiting {
    return { deliveries: this.#deliveries, bytes: this.#bytes, oldestAt: this.#oldest?.at ?? null };
  }

  /** The oldest has ended since it was known: the one that is it now is younger. */
  get isOldestGone(): boolean {
    return this.#oldest?.isGone ?? false;
  }

  /** Nothing with a smaller id waits; null when nothing does. */
  get oldestId(): number | null {
    return this.#oldest?.id ?? null;
  }

  get isCounted(): boolean {
    return this.#count === null;
  }

  /** Begins to count anew: the store may have deliveries that were never added. */
  recount(): void {
    this.#deliveries = 0;
    this.#bytes = 0;
    this.#oldest = null;
    this.#count = new Count();
    this.#generation++;
  }

  /** Grows each time that it begins to count anew. */
  get generation(): number {
    return this.#generation;
  }

  /** Sets where the count from the store ends. What was added from the next id on is known already. */
  countUpTo(lastId: number): void {
    for (const { id, bodyBytes, at } of this.#count?.endAt(lastId) ?? []) this.#put(id, bodyBytes, at);
  }

  /** Where the count goes on; null when it is done, or its end is not set. */
  get nextPage(): { readonly after: Place; readonly upTo: number } | null {
    const { place: after, upTo } = this.#count ?? {};
    return after === undefined || upTo === undefined || upTo === null ? null : { after, upTo };
  }

  add({ id, bodyBytes }: Added, at: number): void {
    if (this.#count?.isForStore(id, bodyBytes, at) === true) return;
    this.#put(id, bodyBytes, at);
  }

  remove(gone: Gone): void {
    if (this.#count !== null && !this.#count.has(gone)) return;
    this.#deliveries--;
    this.#bytes -= gone.bodyBytes;
    if (this.#oldest?.id === gone.id) this.#oldest = { ...this.#oldest, isGone: true };
    if (this.#deliveries > 0 || this.#count !== null) return;
    this.#deliveries = 0;
    this.#bytes = 0;
    this.#oldest = null;
  }

  /** Takes in a page of the count; the last one says so. */
  counted(page: readonly WaitingDelivery[], isLast: boolean): void {
    const count = this.#count;
    if (count === null) return;
    for (const { id, bodyBytes, createdAt } of count.take(page)) this.#put(id, bodyBytes, createdAt);
    if (isLast) this.#count = null;
    if (isLast && this.#deliveries === 0) this.#oldest = null;
  }

  /** What the store says of the oldest. */
  oldestIs({ id, createdAt }: { readonly id: number; readonly createdAt: number }): void {
    if (this.#oldest !== null && id >= this.#oldest.id) this.#oldest = { id, at: createdAt, isGone: false };
  }

  #put(id: number, bodyBytes: number, at: number): void {
    this.#deliveries++;
    this.#bytes += bodyBytes;
    if (this.#oldest === null || id < this.#oldest.id) this.#oldest = { id, at, isGone: false };
  }
}

/** A count from the store under way. */
class Count {
  /** The last delivery that the store is asked for; null until it is known. */
  upTo: number | null = null;
  /** The last place that was read. */
  place: Place = firstPlace;
  #pageStart: Place = firstPlace;
  #lastPage = new Set<number>();
  /** Ended before they were read; the page that is being read may still have them. */
  readonly #ended = new Set<number>();
  readonly #added = new Map<
    number,
    { readonly id: number; readonly bodyBytes: number; readonly at: number }
  >();

  /** Whether a new delivery is found in the store anyway. */
  isForStore(id: number, bodyBytes: number, at: number): boolean {
    if (this.upTo === null) this.#added.set(id, { id, bodyBytes, at });
    return this.upTo === null || id <= this.upTo;
  }

  /** Sets where the count ends, and gives what it does not find. */
  endAt(lastId: number) {
    this.upTo = lastId;
    const beyond = [...this.#added.values()].filter(({ id }) => id > lastId);
    this.#added.clear();
    return beyond;
  }

  /** Whether a delivery that ended was counted, so that it has to be taken off. */
  has(gone: Gone): boolean {
    if (this.upTo !== null && gone.id > this.upTo) return true;
    this.#added.delete(gone.id);
    if (isBehind(gone, this.place)) {
      this.#ended.add(gone.id);
      return false;
    }
    // Its end, and the last page that was read, may have been told in either order.
    return !isBehind(gone, this.#pageStart) || this.#lastPage.delete(gone.id);
  }

  /** Moves on behind a page and gives what of it still waits. */
  take(page: readonly WaitingDelivery[]): WaitingDelivery[] {
    const waiting = page.filter(({ id }) => !this.#ended.delete(id));
    this.#pageStart = this.place;
    this.#lastPage = new Set(waiting.map(({ id }) => id));
    this.place = page.at(-1) ?? this.place;
    return waiting;
  }
}

function isBehind(one: Place, other: Place): boolean {
  return one.lane > other.lane || (one.lane === other.lane && one.id > other.id);
}
