/** Files that were asked for of late, up to so many bytes in all; those not used for the longest time go first. */
export class ByteCache {
  readonly #maxBytes: number;
  readonly #files = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): Uint8Array | undefined {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    this.#files.delete(key);
    this.#files.set(key, file);
    return file;
  }

  /** A file that would push out all others, since it has more than a quarter of the bytes, is not kept. */
  put(key: string, file: Uint8Array): void {
    if (file.length > this.#maxBytes / 4 || this.#files.has(key)) return;
    this.#files.set(key, file);
    this.#bytes += file.length;
    for (const [oldest, { length }] of this.#files) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#files.delete(oldest);
      this.#bytes -= length;
    }
  }
}
