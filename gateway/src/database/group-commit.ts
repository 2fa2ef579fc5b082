import { type CommitOptions, DataError, type Row, StoreFailure } from './database.ts';
import type { Statement } from './sql.ts';
import { checkedBytes } from './values.ts';

export type Unit = readonly Statement[];

/** What became of one unit of a batch: the rows of each of its statements, or why it was refused. */
export type UnitResult = Row[][] | DataError;

export interface Batch {
  readonly units: number;
  readonly durationMs: number;
}

export interface GroupCommitOptions {
  /**
   * Commits a batch as one transaction and gives one result per unit, in order.
   *
   * @throws StoreFailure (or anything else, which counts as one) when nothing was committed, or nobody knows.
   */
  readonly write: (units: readonly Unit[]) => Promise<UnitResult[]>;
  /** Hears of each batch that was committed. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
}

/** How long a unit waits for others to share their sync, when nobody waits for it. */
const companyMs = 20;

/** A batch that could begin waits at most so long for units that are announced. */
const announcedMs = 10;

/** A batch ends with the unit that reaches one of these, so that reads and memory are bounded. */
const unitsMax = 500;
const bytesMax = 8 * 1024 * 1024;

interface Staged {
  readonly unit: Unit;
  readonly bytes: number;
  readonly resolve: (rows: Row[][]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Group commit without a fixed delay: one batch is being written, what is staged meanwhile forms the next. Units staged
 * in one turn of the event loop go together, such as a stanza and what its decryption writes. A unit that nobody waits for
 * begins no batch for a moment, in which another one mostly takes it along; and one that is announced is waited for.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #staged: Staged[] = [];
  #writing: Promise<void> | undefined;
  #cancelWait: (() => void) | null = null;
  /** Units that come soon: each resolves when it is staged, or will not be. */
  readonly #announced = new Set<Promise<void>>();
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** As `Database.commit`. */
  commit(unit: Unit, { isAwaited = true }: CommitOptions = {}): Promise<Row[][]> {
    if (this.#closed) return Promise.reject(new StoreFailure('The database is closed.'));
    return new Promise((resolve, reject) => {
      this.#staged.push({ unit, bytes: checkedBytes(unit), resolve, reject });
      if (isAwaited) this.#begin();
      else this.#beginLater();
    });
  }

  /** As `Database.announce`. */
  announce(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#announced.add(promise);
    return () => {
      this.#announced.delete(promise);
      resolve();
    };
  }

  /** Refuses new units and resolves when every staged one is settled. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#begin();
    await this.#writing;
  }

  #begin(): void {
    this.#cancelWait?.();
    this.#writing ??= this.#writeAll();
  }

  #beginLater(): void {
    if (this.#writing !== undefined || this.#cancelWait !== null) return;
    const timer = setTimeout(() => this.#begin(), companyMs);
    this.#cancelWait = () => {
      clearTimeout(timer);
      this.#cancelWait = null;
    };
  }

  async #writeAll(): Promise<void> {
    await new Promise(setImmediate);
    if (this.#announced.size > 0) await this.#whenAnnouncedAreStaged();
    while (this.#staged.length > 0) {
      const batch = this.#takeBatch();
      const start = performance.now();
      try {
        const results = await this.#options.write(batch.map(({ unit }) => unit));
        settle(batch, results);
        this.#options.onBatch?.({ units: batch.length, durationMs: performance.now() - start });
      } catch (error) {
        this.#failAll(batch, error);
      }
    }
    this.#writing = undefined;
  }

  /** Only those that are announced by now, or there would always be another one. */
  async #whenAnnouncedAreStaged(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, announcedMs);
    await Promise.race([Promise.all(this.#announced), late]);
    clearTimeout(timer);
  }

  #takeBatch(): Staged[] {
    let bytes = 0;
    const end = this.#staged.findIndex((staged, index) => {
      bytes += staged.bytes;
      return index + 1 === unitsMax || bytes >= bytesMax;
    });
    return this.#staged.splice(0, end === -1 ? this.#staged.length : end + 1);
  }

  /** Units build on each other, so those that wait fall with the batch. */
  #failAll(batch: readonly Staged[], cause: unknown): void {
    const failure = cause instanceof StoreFailure ? cause : new StoreFailure(String(cause), { cause });
    const waiting = this.#staged;
    this.#staged = [];
    for (const { reject } of [...batch, ...waiting]) reject(failure);
  }
}

function settle(batch: readonly Staged[], results: readonly UnitResult[]): void {
  batch.forEach(({ resolve, reject }, index) => {
    const result = results[index];
    if (result === undefined) reject(new StoreFailure('The store gave no result for a unit.'));
    else if (result instanceof DataError) reject(result);
    else resolve(result);
  });
}
