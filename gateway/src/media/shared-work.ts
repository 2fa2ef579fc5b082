/**
 * Work that several may want at the same time, done once: who comes later joins. It ends early when nobody waits for it
 * any more.
 */
export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /** @throws what the work throws, or the reason of the caller's own signal. */
  async run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const running = this.#running.get(key) ?? this.#start(key, work);
    running.waiting++;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([running.result, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
      if (--running.waiting === 0) this.#end(key, running);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Running<T> {
    const controller = new AbortController();
    const running: Running<T> = { waiting: 0, controller, result: work(controller.signal) };
    this.#running.set(key, running);
    const forget = () => this.#forget(key, running);
    running.result.then(forget, forget);
    return running;
  }

  #end(key: string, running: Running<T>): void {
    this.#forget(key, running);
    running.controller.abort(new Error('Nobody waits for it any more.'));
  }

  #forget(key: string, running: Running<T>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
  }
}

interface Running<T> {
  waiting: number;
  readonly controller: AbortController;
  readonly result: Promise<T>;
}
