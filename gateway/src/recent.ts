/**
 * What was used of late, by key, as far as a limit of its size allows, and beyond it what is not written yet: the store has all
 * the rest. Sizes are whatever the owner counts.
 */
export class Recent<Value> {
  readonly #sizeMax: number;
  readonly #sizeOf: (value: Value) => number;
  /** The oldest first. */
  readonly #entries = new Map<string, { readonly value: Value; readonly size: number }>();
  /** How many writes of each are still on their way: until then memory knows it better than the store. */
  readonly #unwritten = new Map<string, number>();
  #size = 0;

  constructor(sizeMax: number, sizeOf: (value: Value) => number) {
    this.#sizeMax = sizeMax;
    this.#sizeOf = sizeOf;
  }

  /** The sum of what is in memory. */
  get size(): number {
    return this.#size;
  }

  /** It is the youngest from then on. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** As the youngest. It stays until the next one, however large it is. */
  put(key: string, value: Value): void {
    this.#delete(key);
    const size = this.#sizeOf(value);
    this.#entries.set(key, { value, size });
    this.#size += size;
    this.#evict(key);
  }

  /** Something of this key is about to be written, and stays here until `written` is called as often. */
  hold(key: string): void {
    this.#unwritten.set(key, (this.#unwritten.get(key) ?? 0) + 1);
  }

  /** For each of these one write is on disk. */
  written(keys: Iterable<string>): void {
    for (const key of keys) {
      const left = (this.#unwritten.get(key) ?? 0) - 1;
      if (left > 0) this.#unwritten.set(key, left);
      else this.#unwritten.delete(key);
    }
    this.#evict();
  }

  /** Everything is on disk. */
  allWritten(): void {
    this.#unwritten.clear();
    this.#evict();
  }

  /** Forgets all: some of it may never be written. */
  clear(): void {
    this.#entries.clear();
    this.#unwritten.clear();
    this.#size = 0;
  }

  #delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  #evict(youngest?: string): void {
    for (const key of this.#entries.keys()) {
      if (this.#size <= this.#sizeMax) return;
      if (key !== youngest && !this.#unwritten.has(key)) this.#delete(key);
    }
  }
}
