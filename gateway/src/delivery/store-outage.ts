import type { Clock } from '../clock.ts';
import { DataError } from '../outbox/outbox-store.ts';
import type { Logger } from './logger.ts';

const repeatMs = 1000;

/**
 * Carries what the scheduler asks of the store over the store's outages. While the store is down nothing may be
 * sent: what cannot be settled would be sent again.
 */
export class StoreOutage {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onBack: () => void;
  #isStopped = false;
  #back: PromiseWithResolvers<void> | null = null;

  constructor({ clock, log, onBack }: { clock: Clock; log: Logger; onBack: () => void }) {
    this.#clock = clock;
    this.#log = log;
    this.#onBack = onBack;
  }

  get isDown(): boolean {
    return this.#back !== null;
  }

  /**
   * Repeats `ask` until it succeeds. The first that fails asks again every second, the others wait for it.
   *
   * @throws DataError when the question itself is at fault.
   */
  async through<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#back) await this.#back.promise;
      try {
        return await ask();
      } catch (error) {
        if (this.#isStopped || error instanceof DataError) throw error;
        if (!this.#back) return await this.#probe(ask, error);
      }
    }
  }

  /** From now on failures are thrown. */
  stop(): void {
    this.#isStopped = true;
  }

  async #probe<T>(ask: () => Promise<T>, error: unknown): Promise<T> {
    const back = Promise.withResolvers<void>();
    this.#back = back;
    this.#log.error({ err: error }, 'the store fails; no webhook is called until it is back');
    try {
      for (;;) {
        await new Promise<void>((resolve) => void this.#clock.after(repeatMs, resolve));
        try {
          const answer = await ask();
          this.#log.info({}, 'the store is back; webhooks are called again');
          return answer;
        } catch (again) {
          if (this.#isStopped || again instanceof DataError) throw again;
        }
      }
    } finally {
      this.#back = null;
      back.resolve();
      this.#onBack();
    }
  }
}
