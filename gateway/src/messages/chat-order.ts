import type { Clock } from '../clock.ts';

/** The longest that a message waits for those that its chat was asked to send before. */
const waitMs = 60_000;

/** One call's place in the order of its chat. */
export interface ChatPlace {
  /**
   * Resolves when all have left that entered before under any of these names of the chat, at the latest a minute after it was
   * entered. Who is waited for in vain loses his place.
   */
  readonly turn: (names: readonly string[]) => Promise<void>;
  /** Lets those behind have their turn. More than once is as good as once. */
  readonly leave: () => void;
}

interface Entered {
  /** Counts up with each that enters, whatever the chat. */
  readonly number: number;
  readonly atMs: number;
  readonly left: Promise<void>;
  readonly leave: () => void;
}

/**
 * The order in which each chat was asked for messages. A file is uploaded before its message can be sent, so what was asked
 * for later is ready first: it waits, in its own chat only, and not for ever.
 *
 * Callers name one chat by its phone number or by its LID, and which two belong together takes a look into the store. So a
 * place is taken at once, under the name that was given, and the other name counts when it is the turn.
 */
export class ChatOrder {
  readonly #clock: Clock;
  /** Those who have not left, by the name that they entered under, in the order of the calls. */
  readonly #entered = new Map<string, Entered[]>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(name: string): ChatPlace {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const place: Entered = {
      number: this.#count++,
      atMs: this.#clock.monotonic(),
      left,
      leave: () => {
        this.#remove(name, place);
        resolve();
      },
    };
    this.#entered.set(name, [...this.#under(name), place]);
    return { turn: (names) => this.#turn(place, names), leave: place.leave };
  }

  async #turn({ number, atMs }: Entered, names: readonly string[]): Promise<void> {
    const isBefore = (other: Entered) => other.number < number;
    const nextBefore = () => names.flatMap((name) => this.#under(name).findLast(isBefore) ?? []);
    if (nextBefore().length === 0) return;
    const restMs = Math.max(0, atMs + waitMs - this.#clock.monotonic());
    const cancel = this.#clock.after(restMs, () => {
      for (const name of names) for (const other of this.#under(name).filter(isBefore)) other.leave();
    });
    // Who leaves before its turn opens no way past those before it.
    for (let next = nextBefore(); next.length > 0; next = nextBefore())
      await Promise.all(next.map((other) => other.left));
    cancel();
  }

  #under(name: string): readonly Entered[] {
    return this.#entered.get(name) ?? [];
  }

  #remove(name: string, place: Entered): void {
    const others = this.#under(name).filter((other) => other !== place);
    if (others.length === 0) this.#entered.delete(name);
    else this.#entered.set(name, others);
  }
}
