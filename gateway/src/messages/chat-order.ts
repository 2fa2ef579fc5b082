import type { Clock } from '../clock.ts';

/** The longest that a message waits for those that its chat was asked to send before. */
const waitMs = 60_000;

/** One call's place in the order of its chat. */
export interface ChatPlace {
  /** Resolves when all before it have left their places, at the latest after a minute. */
  readonly turn: Promise<void>;
  /** Lets the next one have its turn. More than once is as good as once. */
  leave(): void;
}

/**
 * The order in which each chat was asked for messages. A file is uploaded before its message can be sent, so what was asked
 * for later is ready first: it waits, in its own chat only, and not for ever.
 */
export class ChatOrder {
  readonly #clock: Clock;
  /** Resolves when the last one of a chat has left. */
  readonly #lasts = new Map<string, Promise<void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(chat: string): ChatPlace {
    const before = this.#lasts.get(chat);
    const left = Promise.withResolvers<void>();
    this.#lasts.set(chat, left.promise);
    const turn = before === undefined ? Promise.resolve() : this.#inTime(before);
    const leave = () => {
      if (this.#lasts.get(chat) === left.promise) this.#lasts.delete(chat);
      left.resolve();
    };
    // Who leaves before its turn must not open the way past those before it.
    return { turn, leave: () => void turn.then(leave) };
  }

  async #inTime(before: Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#clock.after(waitMs, () => late.resolve());
    await Promise.race([before, late.promise]);
    cancel();
  }
}
