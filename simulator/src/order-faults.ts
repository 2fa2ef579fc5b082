/** Something that a test holds back until it says `release`. */
export interface Held {
  /** Sends what was held back and stops holding; the second time it does nothing. */
  release(): void;
}

/** A replay of queued stanzas that pauses. */
export interface HeldReplay extends Held {
  /** Resolves when the replay has paused: what is sent to the device now goes out in the middle of it. */
  readonly reached: Promise<void>;
}

/** Lets actions through as they come, or keeps them in order while it is closed. */
export class Valve {
  readonly #held: (() => void)[] = [];
  #isClosed = false;

  pass(action: () => void): void {
    if (this.#isClosed) this.#held.push(action);
    else action();
  }

  close(): Held {
    this.#isClosed = true;
    return { release: () => this.#open() };
  }

  #open(): void {
    this.#isClosed = false;
    for (const action of this.#held.splice(0)) action();
  }
}

interface Pause {
  readonly after: number;
  readonly reached: () => void;
}

/** Where the replay of a device's queue can be paused. */
export class ReplayPause {
  #next: Pause | undefined;
  #resume: (() => void) | undefined;

  /** The next replay sends this many stanzas and waits for `release`. */
  holdAfter(after: number): HeldReplay {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#next = { after, reached: resolve };
    return { reached: promise, release: () => this.#release() };
  }

  /** Sends the entries, with the pause if there is to be one, and then calls `done`. */
  run<T>(entries: T[], send: (entry: T) => void, done: () => void): void {
    const pause = this.#next;
    this.#next = undefined;
    for (const entry of entries.slice(0, pause?.after)) send(entry);
    if (!pause) return done();
    this.#resume = () => {
      for (const entry of entries.slice(pause.after)) send(entry);
      done();
    };
    pause.reached();
  }

  #release(): void {
    const resume = this.#resume;
    this.#next = undefined;
    this.#resume = undefined;
    resume?.();
  }
}
