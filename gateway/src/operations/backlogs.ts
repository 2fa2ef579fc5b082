import { Pauses, type Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Log } from '../log.ts';
import type { Ended } from '../outbox/delivery-store.ts';
import type { Delivery, OutboxStore } from '../outbox/outbox-store.ts';
import { lastDeliveryId, waitingPage } from '../outbox/waiting-deliveries.ts';
import { Backlog } from './backlog.ts';

export interface BacklogsParts {
  readonly database: Database;
  readonly store: Pick<OutboxStore, 'webhooksWaiting'>;
  readonly clock: Clock;
  readonly log: Log;
  /** What waits for a webhook has changed, or is known now. */
  readonly onChange: (webhookId: number) => void;
}

const rowsPerPage = 500;
const webhooksPerPage = 1000;
const restMaxMs = 1000;
const repeatMs = 5000;

/**
 * What waits for each webhook, in memory: counted from the store after the start, behind everything else, and then moved
 * with each delivery that is recorded or ends.
 */
export class Backlogs {
  readonly #parts: BacklogsParts;
  readonly #known = new Map<number, Backlog>();
  /** The webhooks that had something waiting at the start are not all found yet. */
  #isFinding = true;
  readonly #toCount = new Set<number>();
  #counting: Promise<void> | null = null;
  readonly #rests: Pauses;
  #isStopped = false;

  constructor(parts: BacklogsParts) {
    this.#parts = parts;
    this.#rests = new Pauses(parts.clock);
  }

  /** Begins to count; it does not wait for it. */
  start(): void {
    this.#kick();
  }

  /** Resolves when the query in hand has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#rests.endAll();
    await this.#counting;
  }

  /** Resolves when everything is counted. */
  async whenCounted(): Promise<void> {
    while (this.#counting !== null) await this.#counting;
  }

  /** Null as long as nothing was ever seen of it. */
  of(webhookId: number): Backlog | null {
    return this.#known.get(webhookId) ?? null;
  }

  /** Shortly after the start: webhooks that nothing was seen of may have something waiting. */
  get isFinding(): boolean {
    return this.#isFinding;
  }

  ids(): Iterable<number> {
    return this.#known.keys();
  }

  /** Call it as soon as deliveries are committed. */
  added(deliveries: readonly Delivery[]): void {
    const now = this.#parts.clock.now();
    for (const { id, webhookId, bodyBytes } of deliveries) {
      this.#backlog(webhookId).add({ id, bodyBytes }, now);
      this.#parts.onChange(webhookId);
    }
  }

  ended(ended: readonly Ended[]): void {
    for (const gone of ended) {
      const backlog = this.#known.get(gone.webhookId);
      if (backlog === undefined) continue;
      backlog.remove(gone);
      this.#parts.onChange(gone.webhookId);
    }
  }

  /** The store may have deliveries of these webhooks that were never added: they are counted anew. */
  lookAgain(webhookIds: readonly number[]): void {
    for (const webhookId of webhookIds) {
      this.#backlog(webhookId).recount();
      this.#toCount.add(webhookId);
    }
    this.#kick();
  }

  /** The webhook is removed. */
  forget(webhookId: number): void {
    this.#known.delete(webhookId);
    this.#toCount.delete(webhookId);
  }

  #backlog(webhookId: number): Backlog {
    let backlog = this.#known.get(webhookId);
    if (backlog === undefined) {
      this.#known.set(webhookId, (backlog = new Backlog(this.#isFinding)));
      if (this.#isFinding) this.#toCount.add(webhookId);
    }
    return backlog;
  }

  #kick(): void {
    if (this.#isStopped || this.#counting !== null) return;
    this.#counting = this.#countAll().then(
      () => this.#rested(),
      (error: unknown) => {
        this.#counting = null;
        this.#parts.log.warn({ err: error }, 'what waits for webhooks could not be counted; trying again');
        this.#parts.clock.after(repeatMs, () => this.#kick());
      },
    );
  }

  #rested(): void {
    this.#counting = null;
    if (this.#toCount.size > 0) this.#kick();
  }

  async #countAll(): Promise<void> {
    if (this.#isFinding) await this.#find();
    for (const webhookId of this.#toCount) {
      await this.#count(webhookId);
      if (this.#isStopped) return;
      this.#toCount.delete(webhookId);
      this.#parts.onChange(webhookId);
    }
  }

  async #find(): Promise<void> {
    for (let after = 0, isLast = false; !isLast && !this.#isStopped;) {
      const page = await this.#parts.store.webhooksWaiting(after, webhooksPerPage);
      for (const webhookId of page) this.#backlog(webhookId);
      after = page.at(-1) ?? after;
      isLast = page.length < webhooksPerPage;
    }
    this.#isFinding = false;
  }

  async #count(webhookId: number): Promise<void> {
    const { database, clock } = this.#parts;
    const backlog = this.#known.get(webhookId);
    while (backlog !== undefined && !backlog.isCounted && !this.#isStopped) {
      const { generation, nextPage } = backlog;
      if (nextPage === null) {
        const lastId = await lastDeliveryId(database);
        if (generation === backlog.generation) backlog.countUpTo(lastId);
        continue;
      }
      const begunAt = clock.monotonic();
      const page = await waitingPage(database, { webhookId, ...nextPage, limit: rowsPerPage });
      if (generation === backlog.generation) backlog.counted(page, page.length < rowsPerPage);
      await this.#rest(clock.monotonic() - begunAt);
    }
  }

  /** As long as the page took, so that the store's time is for everything else. */
  async #rest(ms: number): Promise<void> {
    if (ms > 0 && !this.#isStopped) await this.#rests.take(Math.min(ms, restMaxMs));
  }
}
