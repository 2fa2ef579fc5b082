import type { Clock } from '../clock.ts';
import type { DurableWrites } from './durable-writes.ts';

/** How long a frame may wait for the disk before the store counts as failed. */
const frameWaitMs = 10_000;

type SendFrame = (bytes: Uint8Array, done: (error?: Error) => void) => void;

/**
 * Stands between Baileys and the socket. A frame leaves when every write that was staged before it was made is on disk,
 * so WhatsApp never hears of something that a crash could undo; frames keep their order. Baileys does not wait: for it
 * a frame has left when it was handed over, else it would work at the pace of one message per commit.
 */
export class FrameGate {
  readonly #writes: DurableWrites;
  readonly #clock: Clock;
  readonly #send: SendFrame;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();

  constructor(writes: DurableWrites, clock: Clock, send: SendFrame) {
    this.#writes = writes;
    this.#clock = clock;
    this.#send = send;
  }

  readonly push: SendFrame = (bytes, done) => {
    if (this.#writes.isFenced) {
      done(new Error('The connection has ended.'));
      return;
    }
    if (this.#waiting === 0 && this.#writes.isIdle) {
      this.#send(bytes, done);
      return;
    }
    this.#waiting++;
    const written = this.#writes.whenWritten();
    const inTime = this.#clock.after(frameWaitMs, () =>
      this.#writes.fence(new Error('The store took longer than 10 seconds to write.')),
    );
    this.#tail = this.#tail.then(async () => {
      await written;
      inTime();
      this.#waiting--;
      if (!this.#writes.isFenced) this.#send(bytes, ignoreResult);
    });
    done();
  };

  /** Resolves when the frames that were pushed so far have left, or never will. */
  async whenSent(): Promise<void> {
    await this.#tail;
  }
}

/** A failed write closes the socket, and that is heard elsewhere. */
function ignoreResult(): void {}
