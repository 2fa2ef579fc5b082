import type { Stanza } from './stanza/codec.ts';

export interface QueuedStanza {
  readonly stanza: Stanza;
  /** What an acknowledgement will name; several queued stanzas may share it. */
  readonly key: string;
  /** True once a connection has carried it: sending it again is a redelivery. */
  sent: boolean;
}

/**
 * What WhatsApp still owes one device, oldest first. A stanza stays until it is acknowledged, so every new connection
 * gets all that the last one left open, in the same order and with the same bytes.
 */
export class StanzaQueue {
  readonly #entries = new Map<number, QueuedStanza>();
  readonly #indexByKey = new Map<string, number[]>();
  #nextIndex = 0;

  get size(): number {
    return this.#entries.size;
  }

  add(key: string, stanza: Stanza): QueuedStanza {
    const index = this.#nextIndex++;
    const entry = { stanza, key, sent: false };
    this.#entries.set(index, entry);
    const indexes = this.#indexByKey.get(key);
    if (indexes) indexes.push(index);
    else this.#indexByKey.set(key, [index]);
    return entry;
  }

  /** Drops the oldest sent stanza with that key; false when there is none, for example because it was acknowledged before. */
  acknowledge(key: string): boolean {
    const indexes = this.#indexByKey.get(key);
    const index = indexes?.[0];
    if (!indexes || index === undefined || !this.#entries.get(index)?.sent) return false;
    this.#entries.delete(index);
    if (indexes.length === 1) this.#indexByKey.delete(key);
    else indexes.shift();
    return true;
  }

  /** Takes out, without sending, what fits; gives it oldest first. */
  remove(predicate: (stanza: Stanza) => boolean): Stanza[] {
    const gone = [...this.#entries].filter(([, { stanza }]) => predicate(stanza));
    for (const [index, { key }] of gone) {
      this.#entries.delete(index);
      const left = (this.#indexByKey.get(key) ?? []).filter((other) => other !== index);
      if (left.length === 0) this.#indexByKey.delete(key);
      else this.#indexByKey.set(key, left);
    }
    return gone.map(([, { stanza }]) => stanza);
  }

  /** Everything open, oldest first. */
  open(): QueuedStanza[] {
    return [...this.#entries.values()];
  }

  clear(): void {
    this.#entries.clear();
    this.#indexByKey.clear();
  }
}
