import type { System, WhatsApp } from './systems.ts';

/** One system of a comparison, and when the messages of a round have come. */
export interface Contender {
  readonly system: System;
  /** Resolves when so many messages of the present round have come. */
  arrived(messages: number): Promise<void>;
  startRound(): void;
}

/** Counts what arrives at a system, and tells the simulator, which keeps only so many messages under way. */
export function contend(system: System, { simulator }: WhatsApp): Contender {
  let arrived = 0;
  let check: (() => void) | null = null;
  system.onArrived((messages) => {
    arrived = messages;
    void simulator.ask('arrived', { messages });
    check?.();
  });
  return {
    system,
    startRound: () => (arrived = 0),
    arrived(messages) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // A lost message must end the benchmark, not hold it for ever.
      const deadline = setTimeout(
        () => reject(new Error(`Only ${arrived} of ${messages} messages have come.`)),
        arrivalDeadlineMs,
      );
      check = () => {
        if (arrived < messages) return;
        clearTimeout(deadline);
        resolve();
      };
      check();
      return promise;
    },
  };
}

const arrivalDeadlineMs = 60_000;
