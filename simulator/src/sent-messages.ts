/** A phone can be asked again for this many of its last messages. */
const sentMax = 5000;

/** What a phone has sent, by id: who could not decrypt it asks for it again. */
export class SentMessages<T> {
  readonly #sent = new Map<string, T>();

  put(id: string, message: T): void {
    this.#sent.set(id, message);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > sentMax && oldest !== undefined) this.#sent.delete(oldest);
  }

  find(id: string): T | undefined {
    return this.#sent.get(id);
  }
}
