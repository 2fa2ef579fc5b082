import type { OutboxStore, Track, WaitingLane } from '../outbox/outbox-store.ts';
import type { Logger } from './logger.ts';
import type { StoreOutage } from './store-outage.ts';

export interface StoredLanesParts {
  readonly webhookId: number;
  readonly track: Track;
  readonly store: OutboxStore;
  readonly outage: StoreOutage;
  readonly log: Logger;
  /** How many more lanes fit into memory now. */
  readonly room: () => number;
  readonly isInMemory: (lane: number) => boolean;
  /** Takes lanes into memory, those with the oldest heads first. `startShare` as it was given to `fetch`. */
  readonly admit: (lanes: readonly WaitingLane[], startShare: number | null) => void;
  /** A fetch has ended. */
  readonly onFetched: () => void;
}

/** Lanes read from the store at a time: more than fit, so that those with the oldest heads can be chosen. */
const pageMin = 64;
const pageMax = 1000;

/** The lanes of one webhook that wait in the store because memory has no room for them, and their way back. */
export class StoredLanes {
  readonly #parts: StoredLanesParts;
  /** The store may have lanes that are not in memory; `#reports` counts what was said of them. */
  #hasLanes: boolean;
  #reports = 0;
  /** How many there were when reading began at the first lane. */
  #reportsAtFirst = 0;
  #cursor: number | null = null;
  #isFetching = false;

  constructor(parts: StoredLanesParts, hasLanes: boolean) {
    this.#parts = parts;
    this.#hasLanes = hasLanes;
  }

  /** Whether there may be lanes in the store that are not in memory. */
  get hasLanes(): boolean {
    return this.#hasLanes;
  }

  get isBusy(): boolean {
    return this.#hasLanes || this.#isFetching;
  }

  /** There are lanes in the store that nobody in memory knows of. */
  report(): void {
    this.#hasLanes = true;
    this.#reports++;
  }

  /** Brings lanes from the store while there is room. */
  fetch(startShare: number | null = null): void {
    if (this.#isFetching || !this.#hasLanes || this.#parts.room() <= 0) return;
    this.#isFetching = true;
    this.#fetchAll(startShare)
      .catch((error: unknown) => {
        const { log, webhookId } = this.#parts;
        log.error({ err: error, webhookId }, 'lanes could not be read');
      })
      .finally(() => {
        this.#isFetching = false;
        this.#parts.onFetched();
      });
  }

  async #fetchAll(startShare: number | null): Promise<void> {
    const { store, outage, webhookId, track, room } = this.#parts;
    while (this.#hasLanes && room() > 0) {
      const from = this.#cursor;
      if (from === null) this.#reportsAtFirst = this.#reports;
      const size = Math.min(pageMax, Math.max(pageMin, room()));
      const page = await outage.through(() => store.lanesWaiting(webhookId, track, from, size));
      const isLast = page.length < size;
      const unseen = this.#take(page, startShare);
      if (unseen === 0) this.#cursor = isLast ? null : (page.at(-1)?.lane ?? null);
      // Read from one end to the other, and nothing was said meanwhile: all lanes are in memory.
      if (isLast && unseen === 0 && this.#reportsAtFirst === this.#reports) this.#hasLanes = false;
    }
  }

  /** Returns how many lanes found no room. */
  #take(page: readonly WaitingLane[], startShare: number | null): number {
    const fresh = page.filter(({ lane }) => !this.#parts.isInMemory(lane));
    const fitting = fresh.slice(0, Math.max(0, this.#parts.room()));
    const last = fitting.at(-1);
    if (last && fitting.length < fresh.length) this.#cursor = last.lane;
    this.#parts.admit(
      fitting.toSorted((one, other) => one.headId - other.headId),
      startShare,
    );
    return fresh.length - fitting.length;
  }
}
