import { Pauses, type Clock } from '../clock.ts';
import { decrypt } from './decrypt.ts';
import { isPlainPath } from './media-file.ts';
import { MediaUnavailable } from './media-unavailable.ts';
import { createPlaces } from './places.ts';
import { createMediaRequests, unreachable, type MediaHost } from './request-media.ts';
import { within } from './within.ts';

/** What the own devices tell each other of a file: WhatsApp's `HistorySyncNotification` and `ExternalBlobReference` have it. */
export interface BlobReference {
  readonly directPath?: string | null;
  readonly mediaKey?: Uint8Array | null;
  readonly fileSha256?: Uint8Array | null;
  readonly fileEncSha256?: Uint8Array | null;
}

/** Files that belong to no message: parts of the history, and of what the own devices share. */
export interface Blobs {
  /** A file, decrypted and checked. @throws MediaUnavailable */
  read(reference: BlobReference, kind: 'History' | 'App State'): Promise<Uint8Array>;
  /**
   * The bytes at the server, which nobody has checked: for who decrypts himself, and holds others up meanwhile. So waits and
   * tries end after `limitMs`, whatever they have come to. @throws MediaUnavailable
   */
  fetch(path: string, limitMs: number): Promise<Uint8Array>;
  /** Ends what is under way. */
  close(): void;
}

const blobsAtOnce = 4;
/** Phones cut histories into parts of a few megabytes. */
const blobBytesMax = 128 * 1024 * 1024;
const fetchMs = 60_000;
/** Nobody asks for these files a second time soon, so a short trouble of the network is waited for. */
const pausesMs = [1000, 5000];

export function createBlobs({ clock, host }: { readonly clock: Clock; readonly host: MediaHost }): Blobs {
  const ask = createMediaRequests(host, blobsAtOnce);
  const places = createPlaces(blobsAtOnce);
  const pauses = new Pauses(clock);
  const closed = new AbortController();

  return {
    read(reference, kind) {
      const { directPath, mediaKey, fileSha256, fileEncSha256 } = reference;
      if (typeof directPath !== 'string' || !isPlainPath(directPath) || mediaKey?.length !== 32)
        return Promise.reject(new MediaUnavailable('no_media'));
      const file = {
        encryption: { key: mediaKey, kind },
        hash: hashOf(fileSha256),
        encryptedHash: hashOf(fileEncSha256),
      };
      return untilItComes(closed.signal, async () => {
        const encrypted = await fetchOnce(directPath, closed.signal);
        return collect(decrypt(chunksOf(encrypted), file, blobBytesMax));
      });
    },
    async fetch(path, limitMs) {
      const { signal, end } = within(limitMs, [closed.signal], clock);
      try {
        return await untilItComes(signal, () => fetchOnce(path, signal));
      } finally {
        end();
      }
    },
    close() {
      closed.abort(new Error('The gateway is being stopped.'));
      pauses.endAll();
      ask.close();
    },
  };

  async function untilItComes(over: AbortSignal, attempt: () => Promise<Uint8Array>): Promise<Uint8Array> {
    for (let tried = 0; ; tried++) {
      try {
        return await attempt();
      } catch (error) {
        const fault = unreachable(error);
        const pauseMs = pausesMs[tried];
        const mayPass = fault.reason === 'unreachable' || fault.reason === 'damaged';
        if (!mayPass || pauseMs === undefined || over.aborted) throw fault;
        await pauses.take(pauseMs);
      }
    }
  }

  async function fetchOnce(path: string, over: AbortSignal): Promise<Uint8Array> {
    const leave = await places.enter(over);
    const { signal, end } = within(fetchMs, [over], clock);
    try {
      return await collect(await ask(path, null, signal));
    } finally {
      end();
      leave();
    }
  }
}

function hashOf(bytes: Uint8Array | null | undefined): Uint8Array | null {
  return bytes?.length === 32 ? bytes : null;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > blobBytesMax) throw new MediaUnavailable('too_large');
    all.push(chunk);
  }
  return Buffer.concat(all);
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
