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
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
