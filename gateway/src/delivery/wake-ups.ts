import type { Clock } from '../clock.ts';

interface WakeUp {
  readonly at: number;
  callback: (() => void) | null;
}

/** Calls back at times, with one timer of the clock however many there are: a heap by due time. */
export class WakeUps {
  readonly #clock: Clock;
  readonly #heap: WakeUp[] = [];
  #timer: { readonly at: number; readonly cancel: () => void } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void {
    const wakeUp: WakeUp = { at: this.#clock.monotonic() + ms, callback };
    this.#push(wakeUp);
    this.#arm();
    // It stays in the heap until its time comes: finding it there would cost more than it weighs.
    return () => (wakeUp.callback = null);
  }

  /** Cancels all. */
  clear(): void {
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #arm(): void {
    const next = this.#heap[0];
    if (!next || (this.#timer !== null && this.#timer.at <= next.at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, next.at - this.#clock.monotonic()), () => this.#fire());
    this.#timer = { at: next.at, cancel };
  }

  #fire(): void {
    this.#timer = null;
    for (let next = this.#heap[0]; next && next.at <= this.#clock.monotonic(); next = this.#heap[0]) {
      this.#pop();
      next.callback?.();
    }
    this.#arm();
  }

  #push(wakeUp: WakeUp): void {
    const heap = this.#heap;
    let at = heap.push(wakeUp) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#at(parent) > wakeUp.at; parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = this.#at(left + 1) < this.#at(left) ? left + 1 : left;
      if (this.#at(child) >= last.at) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.at ?? Infinity;
  }

  #swap(one: number, other: number): void {
    const [first, second] = [this.#heap[one], this.#heap[other]];
    if (!first || !second) return;
    this.#heap[one] = second;
    this.#heap[other] = first;
  }
}
