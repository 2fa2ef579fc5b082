import type { Log } from '../log.ts';

/** A turn to open a connection. */
export interface Turn {
  /** There are others before it. */
  readonly isWaiting: boolean;
  /** Resolves with true when the turn has come, with false when it was ended before. */
  readonly granted: Promise<boolean>;
  /** Gives the turn back, or leaves the queue. More than once is as good as once. */
  end(): void;
}

/**
 * Limits how many connections of this gateway are being opened at the same time; who asks first has the first turn. So
 * hundreds of instances that start together, or lost the network together, neither starve each other nor look like an
 * attack.
 */
export class Openings {
  readonly limit: number;
  readonly #log: Log;
  readonly #queue: (() => void)[] = [];
  #open = 0;
  #waited = 0;

  constructor(limit: number, log: Log) {
    this.limit = limit;
    this.#log = log;
  }

  take(): Turn {
    const granted = Promise.withResolvers<boolean>();
    let state: 'waiting' | 'open' | 'ended' = 'waiting';
    const begin = () => {
      state = 'open';
      this.#open++;
      granted.resolve(true);
    };
    if (this.#open < this.limit) begin();
    else this.#enqueue(begin);
    return {
      granted: granted.promise,
      get isWaiting() {
        return state === 'waiting';
      },
      end: () => {
        const before = state;
        state = 'ended';
        if (before === 'waiting') this.#queue.splice(this.#queue.indexOf(begin), 1);
        if (before === 'open') this.#next();
        if (before !== 'ended' && this.#queue.length === 0) this.#sayThatNoneWaits();
        granted.resolve(false);
      },
    };
  }

  #enqueue(begin: () => void): void {
    this.#queue.push(begin);
    this.#waited++;
    if (this.#waited > 1) return;
    this.#log.info(
      { openingAtOnce: this.limit },
      'More instances are to be connected than may be at the same time; the others wait for their turn.',
    );
  }

  #next(): void {
    this.#open--;
    this.#queue.shift()?.();
  }

  /** One line per crowd, whatever its size. */
  #sayThatNoneWaits(): void {
    if (this.#waited === 0) return;
    this.#log.info({ waited: this.#waited }, 'Every instance that waited to be connected has had its turn.');
    this.#waited = 0;
  }
}
