import type { DropSelection, OutboxStore } from '../outbox/outbox-store.ts';
import type { Logger } from './logger.ts';
import type { StoreOutage } from './store-outage.ts';

export interface UnwantedDeliveriesParts {
  readonly webhookId: number;
  readonly store: OutboxStore;
  readonly outage: StoreOutage;
  readonly log: Logger;
  /** Made anew for each call, so that a delivery recorded after a further change is never among them. */
  readonly selection: () => DropSelection;
  readonly onDone: () => void;
}

/** Drops in the store what a webhook no longer wants after a change, in small units. */
export class UnwantedDeliveries {
  readonly #parts: UnwantedDeliveriesParts;
  #changes = 0;
  #dropping: Promise<void> | null = null;

  constructor(parts: UnwantedDeliveriesParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#dropping !== null;
  }

  /** The webhook was changed. Resolves when what it no longer wants is dropped; never rejects. */
  async drop(): Promise<void> {
    this.#changes++;
    this.#dropping ??= this.#dropUntilSettled();
    await this.#dropping;
  }

  async #dropUntilSettled(): Promise<void> {
    const { log, webhookId, onDone } = this.#parts;
    try {
      for (let done = 0; done < this.#changes;) {
        done = this.#changes;
        await this.#dropAll();
      }
    } catch (error) {
      // They are dropped one by one instead, each before its next attempt.
      log.error({ err: error, webhookId }, 'unwanted deliveries could not be dropped');
    } finally {
      this.#changes = 0;
      this.#dropping = null;
      onDone();
    }
  }

  async #dropAll(): Promise<void> {
    const { store, outage, log, webhookId } = this.#parts;
    let count = 0;
    let selection = this.#parts.selection();
    for (let hasMore = true; hasMore;) {
      const dropped = await outage.through(() => store.drop((selection = this.#parts.selection())));
      ({ hasMore } = dropped);
      count += dropped.count;
    }
    const { reason } = selection;
    if (count > 0)
      log.warn({ webhookId, reason, count }, 'deliveries were dropped, as the webhook was changed');
  }
}
