import type { StanzaQueue } from './stanza-queue.ts';
import type { Stanza } from './stanza/codec.ts';

export interface GapOptions {
  /** Which of the queued stanzas are lost; all of them unless said otherwise. */
  predicate?: (stanza: Stanza) => boolean;
  /** What `<ib><offline count>` says at the end of the replay: as many as were announced (the default), or as were sent. */
  offlineCount?: 'announced' | 'sent';
}

/** What the server has lost of a device's queue: the next login still announces it, and nothing sends it. */
export class Gap {
  #lost: Stanza[] = [];
  #isInOfflineCount = true;

  /** Takes stanzas out of the queue and keeps only their number; gives what was lost, oldest first. */
  lose(queue: StanzaQueue, { predicate, offlineCount = 'announced' }: GapOptions): Stanza[] {
    const lost = queue.remove(predicate ?? (() => true));
    this.#lost.push(...lost);
    this.#isInOfflineCount = offlineCount === 'announced';
    return lost;
  }

  /** The tags of what was lost, for `<ib><offline_preview>`. */
  get tags(): string[] {
    return this.#lost.map(({ tag }) => tag);
  }

  /** By how much `<ib><offline count>` is too high. With this the loss is over: it is announced once. */
  settle(): number {
    const count = this.#isInOfflineCount ? this.#lost.length : 0;
    this.#lost = [];
    return count;
  }
}
