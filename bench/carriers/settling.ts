/** Waits for the ends of jobs by their lane and place in it, since libraries give ids too late or in forms of their own. */
export class Settling {
  readonly #waiting = new Map<string, () => void>();

  /** Resolves when `end` is called with the same key. */
  wait(key: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  end(key: string): void {
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }
}
