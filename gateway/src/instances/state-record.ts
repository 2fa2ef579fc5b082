import type { Clock } from '../clock.ts';
import type { Lifecycle } from '../events/translation.ts';
import type { InstanceInbox } from '../inbox/instance-inbox.ts';
import type { Log } from '../log.ts';
import { updateInstance } from './instance-store.ts';
import type { Instance } from './instance.ts';

const retryMs = 1000;

/** Writes down what happens to one instance, in order: the changes that receivers are told, and where it stands then. */
export class StateRecord {
  readonly #inbox: InstanceInbox;
  readonly #clock: Clock;
  readonly #log: Log;
  #last: Promise<void> = Promise.resolve();
  #isEnding = false;

  constructor(inbox: InstanceInbox, clock: Clock, log: Log) {
    this.#inbox = inbox;
    this.#clock = clock;
    this.#log = log;
  }

  add(instance: Instance, changes: readonly Lifecycle[]): void {
    this.#last = this.#last.then(() => this.#untilDone(instance, changes));
  }

  /** Resolves when everything that was added so far is on disk, or is given up. */
  async whenDone(): Promise<void> {
    await this.#last;
  }

  /** From now on what a store that is down does not take is not tried again. */
  end(): void {
    this.#isEnding = true;
  }

  /** A change that happened is never lost to a store that is down for a while. */
  async #untilDone(instance: Instance, changes: readonly Lifecycle[]): Promise<void> {
    for (;;) {
      try {
        return await this.#inbox.recordLifecycle(changes, [updateInstance(instance)]);
      } catch (error) {
        this.#log.error(
          { instanceId: instance.id, err: error },
          'A change of state could not be recorded; trying again.',
        );
        if (this.#isEnding) return;
        await new Promise<void>((resolve) => void this.#clock.after(retryMs, resolve));
      }
    }
  }
}
