/** A number of places, so that no more than so many do something at the same time. */
export interface Places {
  /**
   * Resolves with what gives the place back, when there is one; in the order of the calls.
   *
   * @throws the signal's reason when it ends the wait.
   */
  enter(signal: AbortSignal): Promise<() => void>;
}

export function createPlaces(count: number): Places {
  let free = count;
  const waiting = new Set<() => void>();
  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (free > 0) free--;
      else await turn(signal);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        leave();
      };
    },
  };

  /** Whoever leaves hands his place on. */
  function leave(): void {
    const [next] = waiting;
    if (next === undefined) free++;
    else next();
  }

  async function turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      waiting.delete(take);
      reject(signal.reason as Error);
    };
    const take = () => {
      waiting.delete(take);
      signal.removeEventListener('abort', abort);
      resolve();
    };
    waiting.add(take);
    signal.addEventListener('abort', abort, { once: true });
    await promise;
  }
}
