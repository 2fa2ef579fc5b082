import type { Delivery } from '../outbox/outbox-store.ts';
import type { Place } from './places.ts';

/** The file of one delivery that is being fetched, or waits for room. */
export class MediaFetch {
  readonly delivery: Delivery;
  readonly abort = new AbortController();
  /** Whoever waits for it; null while nobody does. */
  onEnd: (() => void) | null = null;
  /** Ends the longest wait. */
  cancelDeadline: (() => void) | null = null;
  /** In the room for bodies; null until it stands in line for it. */
  place: Place | null = null;
  isStarted = false;
  isFreezing = false;

  constructor(delivery: Delivery) {
    this.delivery = delivery;
  }

  /** Nobody needs the download any more. */
  end(): void {
    this.cancelDeadline?.();
    this.abort.abort();
  }
}
