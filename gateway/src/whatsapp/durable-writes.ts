import type { Database } from '../database/database.ts';
import type { Statement } from '../database/sql.ts';

/**
 * The writes of one connection. Work does not wait for them, outputs do: `whenWritten` resolves when everything that
 * was staged before the call is on disk. When one write fails the connection is fenced: nothing more is written under
 * its name and nothing more leaves.
 */
export class DurableWrites {
  readonly #database: Database;
  readonly #onFence: (reason: Error) => void;
  #pending = 0;
  #last: Promise<unknown> = Promise.resolve();
  #isFenced = false;

  constructor(database: Database, onFence: (reason: Error) => void) {
    this.#database = database;
    this.#onFence = onFence;
  }

  get isFenced(): boolean {
    return this.#isFenced;
  }

  /** Nothing is on its way. */
  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** @throws Error when the connection is fenced. */
  check(): void {
    if (this.#isFenced)
      throw new Error('The connection has ended; nothing is written under its name any more.');
  }

  /**
   * Stages one unit of work. `written` is called when it is on disk, `lost` when that failed.
   *
   * @throws Error when the connection is fenced.
   */
  stage(unit: readonly Statement[], written?: () => void, lost?: () => void): void {
    this.check();
    this.#pending++;
    this.#last = this.#database.commit(unit).then(
      () => {
        this.#pending--;
        written?.();
      },
      (error: unknown) => {
        this.#pending--;
        lost?.();
        this.fence(error);
      },
    );
  }

  /** Resolves when all that is staged now has been written, or has failed. Look at `isFenced` afterwards. */
  async whenWritten(): Promise<void> {
    await this.#last;
  }

  /** The connection is over: nothing more is written under its name. */
  end(): void {
    this.#isFenced = true;
  }

  /** The store failed, or must count as failed. `error` is what was thrown. */
  fence(error: unknown): void {
    if (this.#isFenced) return;
    this.#isFenced = true;
    this.#onFence(error instanceof Error ? error : new Error(String(error)));
  }
}
