import type { Clock } from '../clock.ts';
import type { EventListener } from './event-signals.ts';
import type { EventsPage, FoundEvents } from './list-events.ts';

export type ReadEvents = (page: EventsPage) => Promise<FoundEvents>;

/**
 * A page with at least one event: waits for it when there is none, until the listener ends. Then it is empty, and its
 * cursor says how far was looked. The listener listens since before the call.
 */
export async function waitForEvents(
  read: ReadEvents,
  listener: EventListener,
  page: EventsPage,
): Promise<FoundEvents> {
  for (let after = page.after; ;) {
    const found = await read({ ...page, after });
    if (found.events.length > 0 || listener.isEnded) return found;
    after = found.cursor;
    if (!found.hasMore) await listener.heard();
  }
}

/**
 * Pages one after the other as they are taken, and for each `quietMs` without an event one that is empty, until the
 * listener ends. Nothing is read ahead.
 */
export async function* followEvents(
  read: ReadEvents,
  listener: EventListener,
  page: EventsPage,
  { clock, quietMs }: { readonly clock: Clock; readonly quietMs: number },
): AsyncGenerator<FoundEvents> {
  let after = page.after;
  let isQuiet = false;
  const quiet = () => {
    isQuiet = true;
    listener.wake();
  };
  let cancel = clock.after(quietMs, quiet);
  try {
    while (!listener.isEnded) {
      const found = await read({ ...page, after });
      after = found.cursor;
      if (found.events.length > 0 || isQuiet) {
        yield found;
        cancel();
        isQuiet = false;
        cancel = clock.after(quietMs, quiet);
      } else if (!found.hasMore) await listener.heard();
    }
  } finally {
    cancel();
    listener.end();
  }
}
