/** Time as the gateway sees it; tests pass one that they move by hand. */
export interface Clock {
  /** Wall clock, milliseconds since 1970: for records and signatures. */
  now(): number;
  /** Milliseconds that never jump: for deadlines and timers. */
  monotonic(): number;
  /** Calls back once after `ms`; the returned function cancels. It does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    if (ms > timerMsMax) return afterLong(ms, callback);
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Node's timers hold 31 bits; a longer one would fire at once. */
const timerMsMax = 2 ** 31 - 1;

function afterLong(ms: number, callback: () => void): () => void {
  let cancel = systemClock.after(timerMsMax, () => {
    cancel = systemClock.after(ms - timerMsMax, callback);
  });
  return () => cancel();
}

/** Pauses in work that a stop cuts short. */
export class Pauses {
  readonly #clock: Clock;
  readonly #ends = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or when the pauses are ended. */
  async take(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        this.#ends.delete(end);
        resolve();
      };
      const cancel = this.#clock.after(ms, end);
      this.#ends.add(end);
    });
  }

  /** Ends those that are being taken; later ones last as long as they are to. */
  endAll(): void {
    this.#ends.forEach((end) => end());
  }
}
