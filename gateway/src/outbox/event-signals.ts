/**
 * Wakes those who wait for events of an instance. Who listens first and reads then misses nothing: what is committed
 * meanwhile is heard at once.
 */
export class EventSignals {
  readonly #listeners = new Map<number, Set<EventListener>>();
  #isStopped = false;

  /** There may be new events. Cheap when nobody listens. */
  wake(instanceId: number): void {
    for (const listener of this.#listeners.get(instanceId) ?? []) listener.wake();
  }

  /** There will be no more: the instance is removed. */
  end(instanceId: number): void {
    for (const listener of this.#listeners.get(instanceId) ?? []) listener.end();
  }

  /** Ends all who listen, and from now on at once who begins to. */
  stop(): void {
    this.#isStopped = true;
    for (const instanceId of this.#listeners.keys()) this.end(instanceId);
  }

  /** Whoever listens ends it: `end()`. */
  listen(instanceId: number): EventListener {
    const listener = new EventListener((gone) => this.#forget(instanceId, gone));
    const all = this.#listeners.get(instanceId) ?? new Set();
    this.#listeners.set(instanceId, all.add(listener));
    if (this.#isStopped) listener.end();
    return listener;
  }

  #forget(instanceId: number, listener: EventListener): void {
    const all = this.#listeners.get(instanceId);
    all?.delete(listener);
    if (all?.size === 0) this.#listeners.delete(instanceId);
  }
}

/** One who waits for events of one instance. */
export class EventListener {
  readonly #onEnd: (listener: EventListener) => void;
  #isWoken = false;
  #isEnded = false;
  #resolve: (() => void) | null = null;

  constructor(onEnd: (listener: EventListener) => void) {
    this.#onEnd = onEnd;
  }

  /** Nothing is heard any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves when it was woken since the last call, or has ended. One at a time. */
  async heard(): Promise<void> {
    if (!this.#isWoken && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#resolve = resolve;
      });
    }
    this.#isWoken = false;
  }

  wake(): void {
    this.#isWoken = true;
    this.#resolve?.();
    this.#resolve = null;
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd(this);
    this.wake();
  }
}
