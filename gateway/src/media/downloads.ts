import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ByteCache } from './byte-cache.ts';
import { decrypt } from './decrypt.ts';
import type { MediaFile } from './media-file.ts';
import { MediaUnavailable } from './media-unavailable.ts';
import { createPlaces } from './places.ts';
import { createMediaRequests, unreachable, type MediaHost } from './request-media.ts';
import { SharedWork } from './shared-work.ts';
import { within } from './within.ts';

export interface DownloadOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Files of messages, fetched from WhatsApp's media server, decrypted and checked. */
export interface Downloads {
  /** A whole file in memory. Asked for twice at once, or again soon, it is fetched once. @throws MediaUnavailable */
  read(file: MediaFile, options: DownloadOptions): Promise<Uint8Array>;
  /**
   * A file as it comes; `damaged` and `too_large` may show only at its end. The server has it when this resolves.
   *
   * @throws MediaUnavailable
   */
  open(file: MediaFile, options: DownloadOptions): Promise<AsyncIterable<Uint8Array>>;
  /** Ends what is under way: `unreachable`. */
  close(): void;
}

/** Whole files take memory; the others take a place for as long as their reader is slow, so each kind has its own. */
const readsAtOnce = 8;
const streamsAtOnce = 32;
const cacheBytes = 32 * 1024 * 1024;
/** However slowly it comes, a file is here by then. */
const readMs = 120_000;
const streamMs = 600_000;
/** What encryption adds at most: one block of padding and the MAC. */
const encryptionBytes = 26;

export function createDownloads({
  clock,
  host,
}: {
  readonly clock: Clock;
  readonly host: MediaHost;
}): Downloads {
  const ask = createMediaRequests(host, readsAtOnce + streamsAtOnce);
  const cache = new ByteCache(cacheBytes);
  const shared = new SharedWork<Uint8Array>();
  const reads = createPlaces(readsAtOnce);
  const streams = createPlaces(streamsAtOnce);
  const closing = new AbortController();

  return {
    async read(file, { maxBytes, signal }) {
      refuseLarge(file.size, maxBytes);
      const key = keyOf(file);
      const known = cache.get(key);
      if (known !== undefined) return withinLimit(known, maxBytes);
      const work = async (ended: AbortSignal) => {
        const bytes = await readAll(file, maxBytes, ended);
        cache.put(key, bytes);
        return bytes;
      };
      return shared
        .run(`${key} ${maxBytes}`, signal, work)
        .catch((error: unknown) => Promise.reject(unreachable(error)));
    },
    async open(file, { maxBytes, signal }) {
      refuseLarge(file.size, maxBytes);
      const known = cache.get(keyOf(file));
      if (known !== undefined) return chunksOf(withinLimit(known, maxBytes));
      return openInPlace(file, maxBytes, signal);
    },
    close() {
      closing.abort(new Error('the gateway stops'));
      ask.close();
    },
  };

  async function readAll(file: MediaFile, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const limited = within(readMs, [signal, closing.signal], clock);
    const leave = await reads.enter(limited.signal);
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await start(file, maxBytes, limited.signal)) chunks.push(chunk);
      return Buffer.concat(chunks);
    } finally {
      limited.end();
      leave();
    }
  }

  /** The place is given back when the file was read to its end, failed, or its reader went away. */
  async function openInPlace(
    file: MediaFile,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const limited = within(streamMs, [signal, closing.signal], clock);
    let leave: (() => void) | null = null;
    const end = () => {
      limited.end();
      leave?.();
    };
    try {
      leave = await streams.enter(limited.signal);
      limited.signal.addEventListener('abort', end, { once: true });
      return endingWith(await start(file, maxBytes, limited.signal), end);
    } catch (error) {
      end();
      throw unreachable(error);
    }
  }

  async function start(
    file: MediaFile,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const answer = await ask(file.path, file.host, signal);
    const length = Number(answer.headers['content-length'] ?? 0);
    if (length > maxBytes + encryptionBytes) {
      answer.destroy();
      throw new MediaUnavailable('too_large');
    }
    return withNetworkFaults(decrypt(answer, file, maxBytes));
  }
}

/** The same for messages that forward the same file, whatever instance has them: who knows its key may have it. */
function keyOf(file: MediaFile): string {
  const hash = createHash('sha256');
  const { path, host, encryption, encryptedHash } = file;
  hash.update(JSON.stringify([path, host, encryption?.kind]));
  for (const part of [encryption?.key, file.hash, encryptedHash]) hash.update(part ?? 'none').update('|');
  return hash.digest('base64');
}

function refuseLarge(bytes: number | null, maxBytes: number): void {
  if (bytes !== null && bytes > maxBytes) throw new MediaUnavailable('too_large');
}

function withinLimit(bytes: Uint8Array, maxBytes: number): Uint8Array {
  refuseLarge(bytes.length, maxBytes);
  return bytes;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* withNetworkFaults(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw unreachable(error);
  }
}

async function* endingWith(chunks: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } finally {
    end();
  }
}
