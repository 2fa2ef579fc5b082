import { tell } from './child.ts';

/** One message of the load, as its text says. All processes of a machine share the clock. */
export function loadText(route: string, seq: number, bytes: number): string {
  return `<${route} ${seq} ${nowMs()}> `.padEnd(bytes, 'the quick brown fox jumps over the lazy dog. ');
}

/** Milliseconds of the machine's monotonic clock, the same in every process. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export interface ArrivalResults {
  readonly messages: number;
  /** Of the last message, on the clock of `nowMs`. */
  readonly lastAtMs: number;
  /** From the phone's send to here, one per message. */
  readonly latenciesMs: readonly number[];
  readonly duplicates: number;
  /** Messages that came before an earlier one of their route. */
  readonly outOfOrder: number;
}

/** Counts the messages of the load where they end, and tells the parent how many have come. */
export class Arrivals {
  readonly #lastSeq = new Map<string, number>();
  #latenciesMs: number[] = [];
  #messages = 0;
  #lastAtMs = 0;
  #duplicates = 0;
  #outOfOrder = 0;
  #isTelling = false;

  /** Takes a text that has a message of the load in it; anything else is ignored. */
  take(text: string): void {
    const [, route, seq, sentAt] = /<(\S+) (\d+) ([\d.]+)> /.exec(text) ?? [];
    if (route === undefined) return;
    this.#lastAtMs = nowMs();
    this.#latenciesMs.push(this.#lastAtMs - Number(sentAt));
    this.#messages++;
    const last = this.#lastSeq.get(route) ?? 0;
    if (Number(seq) <= last) this.#duplicates++;
    else if (Number(seq) !== last + 1) this.#outOfOrder++;
    this.#lastSeq.set(route, Math.max(last, Number(seq)));
    this.#tellSoon();
  }

  /** What came since the last call. */
  results(): ArrivalResults {
    const results = {
      messages: this.#messages,
      lastAtMs: this.#lastAtMs,
      latenciesMs: this.#latenciesMs,
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
    };
    this.#latenciesMs = [];
    [this.#messages, this.#duplicates, this.#outOfOrder] = [0, 0, 0];
    return results;
  }

  /** Many messages, one word: it must not cost what is measured. */
  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setTimeout(() => {
      this.#isTelling = false;
      tell('arrived', this.#messages);
    }, 2);
  }
}
