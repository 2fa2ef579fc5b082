import { DataError, type Delivery, type DropSelection, type WaitingLane } from '../outbox/outbox-store.ts';
import { attemptHead, writeHistory, type AttemptContext, type NextTurn } from './attempt-head.ts';
import { gapMs, unwantedBy } from './decisions.ts';
import { Lane, type BodyMemory } from './lane.ts';
import type { WakeUps } from './wake-ups.ts';

export interface LaneContext extends AttemptContext {
  readonly wakeUps: WakeUps;
  readonly memory: BodyMemory;
  readonly limits: LaneLimits;
  /** The webhook has nothing waiting any more. */
  readonly onIdle: (webhookId: number) => void;
}

export interface LaneLimits {
  /** Lanes of one webhook that are attempted at the same time. */
  readonly lanesAtOnce: number;
  /** Lanes of one webhook in memory; the others wait in the store for a place. */
  readonly lanesInMemory: number;
}

/**
 * The lanes of one webhook that have something to deliver. A lane in memory is always in one of three places: it is
 * ready for a turn, it has its turn, or it waits for a time; so none is ever forgotten.
 */
export class WebhookLanes {
  readonly #webhookId: number;
  readonly #context: LaneContext;
  readonly #lanes = new Map<number, Lane>();
  /** In the order of their turns. */
  readonly #ready = new Set<Lane>();
  /** The unanswered lanes that keep their own gap; those beyond them take turns for the places in memory. */
  readonly #keepers = new Set<Lane>();
  #turns = 0;
  /** The store may have lanes that are not in memory; `#reports` counts what was said of them. */
  #hasBeyond: boolean;
  #reports = 0;
  #cursor: number | null = null;
  #isFetching = false;
  #changes = 0;
  #dropping: Promise<void> | null = null;
  readonly #quiet = new Set<() => void>();

  constructor(webhookId: number, context: LaneContext, hasBeyond: boolean) {
    this.#webhookId = webhookId;
    this.#context = context;
    this.#hasBeyond = hasBeyond;
  }

  /** Takes a delivery that has just been recorded. */
  add(delivery: Delivery): void {
    const lane = this.#lanes.get(delivery.lane);
    if (lane) lane.offer(delivery);
    else if (this.#isOff || this.#hasBeyond || this.#lanes.size >= this.#context.limits.lanesInMemory) {
      this.#hasBeyond = true;
      this.#reports++;
      this.fetch();
    } else {
      const fresh = this.#admit(delivery.lane, false);
      fresh.offer(delivery);
      this.#ready.add(fresh);
      this.pump();
    }
  }

  /** Gives turns to ready lanes, as many as may have one. */
  pump(): void {
    if (this.#isOff) return;
    for (const lane of this.#ready) {
      if (this.#turns >= this.#context.limits.lanesAtOnce || !this.#context.maySend()) return;
      this.#ready.delete(lane);
      this.#turns++;
      void this.#takeTurn(lane);
    }
  }

  /**
   * Brings lanes from the store while there is room. At start their first attempts are spread over one gap;
   * `startShare`, from 0 to 1, tells this webhook's place among the others.
   */
  fetch(startShare: number | null = null): void {
    if (this.#isFetching || !this.#hasBeyond || !this.#hasRoom || this.#isOff) return;
    this.#isFetching = true;
    this.#fetchAll(startShare)
      .catch((error: unknown) => {
        this.#context.log.error({ err: error, webhookId: this.#webhookId }, 'lanes could not be read');
      })
      .finally(() => {
        this.#isFetching = false;
        this.#leaveIfIdle();
      });
  }

  /** The store may have deliveries that were never added. */
  lookAgain(): void {
    for (const lane of this.#lanes.values()) lane.lookAgain();
    this.#hasBeyond = true;
    this.#reports++;
    this.fetch();
  }

  /** The webhook was changed: what it no longer wants ends now, and one that was off goes on. */
  async changed(): Promise<void> {
    this.#changes++;
    this.#stopUnwanted();
    if (this.#isOff) this.#unloadAll();
    else if (this.#context.webhook(this.#webhookId)?.url) {
      this.fetch();
      this.pump();
    }
    this.#dropping ??= this.#dropUntilSettled();
    await this.#dropping;
  }

  /** Closes the sockets of all attempts. */
  abortAll(): void {
    for (const lane of this.#lanes.values()) lane.abort.abort();
  }

  async writeHistories(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => writeHistory(lane, this.#context)));
  }

  /** Resolves once no lane has its turn. */
  whenQuiet(): Promise<void> {
    return this.#turns === 0 ? Promise.resolve() : new Promise((resolve) => this.#quiet.add(resolve));
  }

  async #takeTurn(lane: Lane): Promise<void> {
    const next = await attemptHead(lane, this.#context).catch((error: unknown) => this.#failed(lane, error));
    this.#turns--;
    if (next === 'soon') this.#ready.add(lane);
    else if (next !== 'never') this.#wait(lane, next.waitMs);
    if (lane.history === null) this.#keepers.delete(lane);
    if (next === 'soon' && !lane.hasWork) this.#remove(lane);
    this.pump();
    if (this.#turns === 0) this.#quiet.forEach((resolve) => resolve());
  }

  #failed(lane: Lane, error: unknown): NextTurn | 'never' {
    this.#context.log.error({ err: error, webhookId: this.#webhookId, lane: lane.number }, 'a lane failed');
    // What cannot be settled would be sent again and again: that lane stays where it is until the next start.
    return error instanceof DataError ? 'never' : { waitMs: gapMs };
  }

  #wait(lane: Lane, ms: number): void {
    if (lane.history !== null && this.#keepers.size < this.#context.limits.lanesAtOnce)
      this.#keepers.add(lane);
    lane.cancelWait = this.#context.wakeUps.after(ms, () => {
      lane.cancelWait = null;
      if (this.#hasBeyond && lane.history !== null && !this.#keepers.has(lane)) void this.#yieldPlace(lane);
      else this.#wake(lane);
    });
  }

  #wake(lane: Lane): void {
    lane.cancelWait?.();
    lane.cancelWait = null;
    this.#ready.add(lane);
    this.pump();
  }

  /** An unanswered lane makes room for one from the store, and comes back by the store. */
  async #yieldPlace(lane: Lane): Promise<void> {
    await writeHistory(lane, this.#context);
    lane.unload();
    this.#hasBeyond = true;
    this.#reports++;
    this.#remove(lane);
  }

  #admit(number: number, hasMore: boolean): Lane {
    const lane = new Lane({ webhookId: this.#webhookId, number }, this.#context.memory, hasMore);
    this.#lanes.set(number, lane);
    return lane;
  }

  #remove(lane: Lane): void {
    this.#lanes.delete(lane.number);
    this.#ready.delete(lane);
    this.#keepers.delete(lane);
    // Half of them at a time: the store is asked rarely, and the lanes that yielded come round.
    const kept = this.#keepers.size;
    if (this.#lanes.size - kept <= (this.#context.limits.lanesInMemory - kept) / 2) this.fetch();
    this.#leaveIfIdle();
  }

  #leaveIfIdle(): void {
    const isBusy = this.#lanes.size > 0 || this.#hasBeyond || this.#isFetching || this.#dropping !== null;
    if (!isBusy) this.#context.onIdle(this.#webhookId);
  }

  get #hasRoom(): boolean {
    return this.#lanes.size < this.#context.limits.lanesInMemory;
  }

  /** While the webhook is switched off no lane has a turn, and what is recorded stays in the store. */
  get #isOff(): boolean {
    return this.#context.webhook(this.#webhookId)?.isActive === false;
  }

  /** Memory is for those who can be sent something. */
  #unloadAll(): void {
    for (const lane of this.#lanes.values()) if (lane.current === null) lane.unload();
  }

  async #fetchAll(startShare: number | null): Promise<void> {
    const { store, outage, limits } = this.#context;
    while (this.#hasBeyond && this.#hasRoom && !this.#isOff) {
      const from = this.#cursor;
      const reports = this.#reports;
      const page = await outage.through(() =>
        store.lanesWaiting(this.#webhookId, 'live', from, limits.lanesInMemory),
      );
      const isLast = page.length < limits.lanesInMemory;
      const unseen = this.#admitPage(page, startShare);
      if (unseen === 0) this.#cursor = isLast ? null : (page.at(-1)?.lane ?? null);
      // Read from one end to the other, and nothing was said meanwhile: all lanes are in memory.
      if (isLast && from === null && unseen === 0 && reports === this.#reports) this.#hasBeyond = false;
      this.pump();
    }
  }

  /** Takes lanes in, those with the oldest heads first to have their turn; returns how many found no room. */
  #admitPage(page: readonly WaitingLane[], startShare: number | null): number {
    const fresh = page.filter(({ lane }) => !this.#lanes.has(lane));
    const fitting = fresh.slice(0, Math.max(0, this.#context.limits.lanesInMemory - this.#lanes.size));
    const lastFitting = fitting.at(-1);
    if (lastFitting && fitting.length < fresh.length) this.#cursor = lastFitting.lane;
    fitting
      .toSorted((one, other) => one.headId - other.headId)
      .forEach(({ lane: number }, index) => {
        const lane = this.#admit(number, true);
        if (startShare === null) this.#ready.add(lane);
        else this.#wait(lane, (gapMs * (index + startShare)) / fitting.length);
      });
    return fresh.length - fitting.length;
  }

  #stopUnwanted(): void {
    const { webhook } = this.#context;
    const now = webhook(this.#webhookId);
    const isGone = !now?.url;
    for (const lane of this.#lanes.values()) {
      if (isGone) lane.abort.abort();
      const isUnwanted =
        isGone || (lane.history && !now.events.some((event) => event === lane.history?.eventName));
      if (isUnwanted && lane.cancelWait) this.#wake(lane);
    }
  }

  async #dropUntilSettled(): Promise<void> {
    try {
      for (let done = 0; done < this.#changes;) {
        done = this.#changes;
        await this.#dropUnwanted();
      }
    } catch (error) {
      // They are dropped one by one instead, each before its next attempt.
      this.#context.log.error(
        { err: error, webhookId: this.#webhookId },
        'unwanted deliveries could not be dropped',
      );
    } finally {
      this.#changes = 0;
      this.#dropping = null;
      this.#leaveIfIdle();
    }
  }

  async #dropUnwanted(): Promise<void> {
    const { store, outage, log } = this.#context;
    let count = 0;
    let selection = this.#unwanted();
    for (let hasMore = true; hasMore;) {
      const dropped = await outage.through(() => store.drop((selection = this.#unwanted())));
      ({ hasMore } = dropped);
      count += dropped.count;
    }
    const { webhookId, reason } = selection;
    if (count > 0)
      log.warn({ webhookId, reason, count }, 'deliveries were dropped, as the webhook was changed');
  }

  /** Made anew for each call, so that a delivery recorded after a further change is never among them. */
  #unwanted(): DropSelection {
    const inFlight = [...this.#lanes.values()].flatMap(({ current }) => (current ? [current.id] : []));
    const webhook = this.#context.webhook(this.#webhookId);
    return unwantedBy(this.#webhookId, webhook, inFlight, this.#context.clock.now());
  }
}
