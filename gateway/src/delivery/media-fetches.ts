import type { Clock } from '../clock.ts';
import { planInlineOf, withMedia, type FetchMedia } from '../outbox/inline-media.ts';
import { DataError, type Delivery, type OutboxStore } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { createFetchRoom, largeBodyBytes } from './body-room.ts';
import { beforeAttempt } from './decisions.ts';
import type { Logger } from './logger.ts';
import { MediaFetch } from './media-fetch.ts';
import type { Places } from './places.ts';
import type { StoreOutage } from './store-outage.ts';
import type { WakeUps } from './wake-ups.ts';

/** The longest that a delivery waits for its file, and for room for it. */
const mediaWaitMs = 10_000;

/** Bytes of bodies whose files are being fetched. Small ones have room of their own and never wait for large ones. */
const roomBytes = { small: 16 * 1024 * 1024, large: 32 * 1024 * 1024 };

export interface MediaFetchesParts {
  readonly store: Pick<OutboxStore, 'freeze'>;
  readonly outage: StoreOutage;
  readonly clock: Clock;
  readonly wakeUps: WakeUps;
  readonly log: Logger;
  /** The webhook as it is now. */
  readonly webhook: (id: number) => Webhook | undefined;
  readonly fetchMedia: FetchMedia;
}

/**
 * Gets the files of deliveries that want one, and freezes their bodies: with the file, or without when it does not come in
 * time. A fetch may begin before anybody waits for it; then only its success counts, since the lane may be stuck for days.
 */
export class MediaFetches {
  readonly #parts: MediaFetchesParts;
  /** By delivery. */
  readonly #fetches = new Map<number, MediaFetch>();
  readonly #room: { readonly small: Places; readonly large: Places };
  /** Deliveries that a lane may still hold as they were before. */
  readonly #frozen = new WeakSet<Delivery>();
  readonly #freezing = new Set<Promise<void>>();
  #isStopped = false;

  constructor(parts: MediaFetchesParts) {
    this.#parts = parts;
    this.#room = {
      small: createFetchRoom(parts.clock, roomBytes.small),
      large: createFetchRoom(parts.clock, roomBytes.large),
    };
  }

  /** Begins to fetch the file of a delivery that has just been recorded, if there is room for it now. */
  prefetch(delivery: Delivery): void {
    const { webhookId, bodyBytes } = delivery;
    if (this.#isStopped || this.#fetches.has(delivery.id)) return;
    if (this.#roomFor(bodyBytes).isFree(String(webhookId), false, bodyBytes)) this.#begin(delivery);
  }

  /**
   * Calls back once, later than this call: when the body of the delivery is frozen, or it is wanted no more. Then the
   * store says what is to be done. The returned function ends the wait.
   */
  wait(delivery: Delivery, onEnd: () => void): () => void {
    if (this.#isStopped) return () => undefined;
    if (this.#frozen.has(delivery)) return soon(onEnd);
    const fetch = this.#fetches.get(delivery.id) ?? this.#begin(delivery);
    fetch.onEnd = onEnd;
    return () => {
      if (fetch.onEnd !== onEnd) return;
      fetch.onEnd = null;
      if (!fetch.isStarted && !fetch.isFreezing) this.#forget(fetch);
    };
  }

  /** What the webhook wants no more is not fetched any further. */
  webhookChanged(webhookId: number): void {
    for (const fetch of this.#fetches.values()) {
      if (fetch.delivery.webhookId !== webhookId || fetch.isFreezing) continue;
      const now = beforeAttempt(fetch.delivery, this.#parts.webhook(webhookId));
      if (now.do !== 'send') this.#forget(fetch);
      else if (!now.webhook.options.media.inline) this.#without(fetch);
    }
  }

  /** Ends all fetches; resolves when what is being frozen is on disk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const fetch of this.#fetches.values()) if (!fetch.isFreezing) this.#forget(fetch);
    await Promise.all(this.#freezing);
  }

  #begin(delivery: Delivery): MediaFetch {
    const fetch = new MediaFetch(delivery);
    this.#fetches.set(delivery.id, fetch);
    fetch.cancelDeadline = this.#parts.wakeUps.after(mediaWaitMs, () => this.#without(fetch));
    const { webhookId, bodyBytes } = delivery;
    // Never within the call that asks for it.
    const start = () => queueMicrotask(() => void this.#run(fetch));
    fetch.place = this.#roomFor(bodyBytes).enter(String(webhookId), false, start, bodyBytes);
    return fetch;
  }

  #roomFor(bytes: number): Places {
    return bytes > largeBodyBytes ? this.#room.large : this.#room.small;
  }

  async #run(fetch: MediaFetch): Promise<void> {
    const { delivery, abort } = fetch;
    if (abort.signal.aborted) return;
    fetch.isStarted = true;
    try {
      const body = await this.#bodyWithFile(delivery, abort.signal);
      // The sender may have stated a smaller file.
      if (body !== null) fetch.place?.grow(body.length);
      if (body === null) this.#without(fetch);
      else this.#freeze(fetch, body);
    } catch (error) {
      if (abort.signal.aborted) return;
      const { eventId, id: deliveryId } = delivery;
      this.#parts.log.warn(
        { err: error, deliveryId, eventId },
        'a file could not be had; its event goes without',
      );
      this.#without(fetch);
    }
  }

  /** As the webhook wants it now; null when there is no file, or it does not fit. Rejects when it cannot be had. */
  async #bodyWithFile({ webhookId, body }: Delivery, signal: AbortSignal): Promise<Uint8Array | null> {
    const webhook = this.#parts.webhook(webhookId);
    const plan = webhook ? planInlineOf(body, webhook.options.media) : null;
    if (!webhook || plan === null) return null;
    const { message, maxBytes } = plan;
    const file = await this.#parts.fetchMedia(webhook.instanceId, message, { maxBytes, signal });
    const whole = withMedia(body, file);
    return whole !== null && whole.length <= webhook.options.media.bytesMax ? whole : null;
  }

  /** There is no file, or not in time. Who does not wait yet will try again. */
  #without(fetch: MediaFetch): void {
    if (fetch.onEnd === null) this.#forget(fetch);
    else this.#freeze(fetch, null);
  }

  #freeze(fetch: MediaFetch, body: Uint8Array | null): void {
    if (fetch.isFreezing || this.#fetches.get(fetch.delivery.id) !== fetch) return;
    fetch.end();
    fetch.isFreezing = true;
    if (body === null) fetch.place?.leave();
    const freezing = this.#write(fetch, body).finally(() => this.#freezing.delete(freezing));
    this.#freezing.add(freezing);
  }

  async #write(fetch: MediaFetch, body: Uint8Array | null): Promise<void> {
    const { store, outage, log } = this.#parts;
    const { delivery } = fetch;
    try {
      await outage.through(() => store.freeze(delivery.id, body));
      this.#frozen.add(delivery);
      this.#forget(fetch);
    } catch (error) {
      log.error({ err: error, deliveryId: delivery.id }, 'the body of a delivery could not be stored');
      // A body that the store does not take is no reason to lose the event. Without one: its lane stays where it is.
      if (error instanceof DataError && body !== null) return this.#write(fetch, null);
      this.#leave(fetch);
    }
  }

  /** Whoever waits looks again. */
  #forget(fetch: MediaFetch): void {
    if (this.#fetches.get(fetch.delivery.id) !== fetch) return;
    fetch.end();
    this.#leave(fetch);
    if (!this.#isStopped) fetch.onEnd?.();
  }

  #leave(fetch: MediaFetch): void {
    this.#fetches.delete(fetch.delivery.id);
    fetch.place?.leave();
  }
}

/** Calls back after what is running now, unless the returned function was called. */
function soon(callback: () => void): () => void {
  let isWanted = true;
  queueMicrotask(() => {
    if (isWanted) callback();
  });
  return () => (isWanted = false);
}
