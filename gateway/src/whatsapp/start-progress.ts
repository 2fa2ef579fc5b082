import type { ConnectionListener } from '../instances/connection.ts';

/**
 * How far a connection is on its way to `ready`, told as percents. It is ready when WhatsApp has opened it and has replayed
 * all that it kept while the instance was away, whichever comes last.
 */
export class StartProgress {
  readonly #listener: Pick<ConnectionListener, 'loading'>;
  readonly #onReady: () => void;
  /** As it was told last; 50 is the login. */
  #percent = 50;
  #isOpen = false;
  #isReplayed = false;

  constructor(listener: Pick<ConnectionListener, 'loading'>, onReady: () => void) {
    this.#listener = listener;
    this.#onReady = onReady;
  }

  opened(): void {
    this.#isOpen = true;
    if (this.#isReplayed) this.#onReady();
  }

  /** `part` of the replay is here, from 0 to 1: from the login on the percentage goes up in steps of at least 5. */
  replayed(part: number): void {
    if (this.#isReplayed) return;
    const percent = 50 + 5 * Math.floor(9 * part);
    if (percent <= this.#percent) return;
    this.#percent = percent;
    this.#listener.loading(percent);
  }

  replayEnded(): void {
    this.#isReplayed = true;
    if (this.#isOpen) this.#onReady();
  }
}
