import type { MediaData, MessageData } from '@eazewa/sdk/events';
import type { Clock } from '../clock.ts';
import { createDownloads, type DownloadOptions, type Downloads } from './downloads.ts';
import { isPlainPath, mediaFileOf, type MediaFile } from './media-file.ts';
import { MediaUnavailable } from './media-unavailable.ts';
import type { MediaHost } from './request-media.ts';
import { createPlaces, type Places } from './places.ts';
import { SharedWork } from './shared-work.ts';

/** A file that is on its way. */
export interface OpenMedia {
  readonly mimetype: string;
  readonly filename: string | null;
  /** Throws MediaUnavailable when it turns out to be damaged or too large: then what came is worth nothing. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The files of messages. */
export interface Media {
  /** @throws MediaUnavailable with the reason. */
  fetch(instanceId: number, message: MessageData, options: DownloadOptions): Promise<MediaData>;
  /** The same as a stream, for files that nobody needs in memory. @throws MediaUnavailable */
  open(instanceId: number, message: MessageData, options: DownloadOptions): Promise<OpenMedia>;
  /** Ends what is under way, so that nobody waits for it. */
  close(): void;
}

/** What came of asking for a file. */
export const mediaOutcomes = ['fetched', 'gone', 'unreachable', 'damaged', 'too_large', 'no_media'] as const;
export type MediaOutcome = (typeof mediaOutcomes)[number];

export interface MediaParts {
  readonly clock: Clock;
  readonly host: MediaHost;
  /**
   * Asks the phone to upload the file of a message again; resolves with its new path, or null when the phone has it not,
   * or does not answer.
   *
   * @throws MediaUnavailable `gone` when the phone cannot be asked now.
   */
  readonly requestUpload: (instanceId: number, message: MessageData) => Promise<string | null>;
  /** Keeps the new path for those who ask later. */
  readonly keepPath: (instanceId: number, message: MessageData, path: string) => Promise<void>;
  /** Called once for each file that was asked for; of a stream when it begins. */
  readonly onOutcome?: (outcome: MediaOutcome) => void;
}

/** A phone that had not what it was asked for is left alone for so long. */
const askAgainMs = 600_000;
const pathsMax = 10_000;
/** A phone is not asked for more files at the same time, so that a long list of old ones does not flood it. */
const askedAtOnce = 4;

/** Fetches files; what WhatsApp's server has deleted the phone is asked for, once. */
export function createMedia(parts: MediaParts): Media {
  const { clock, requestUpload, keepPath } = parts;
  const downloads: Downloads = createDownloads(parts);
  const asking = new SharedWork<string | null>();
  const phones = new Map<number, Places>();
  /** Of files that were gone: where they are now, or null when they are nowhere. */
  const paths = new Map<string, { readonly path: string | null; readonly until: number }>();

  return {
    fetch: (instanceId, message, options) => counted(fetch(instanceId, message, options)),
    open: (instanceId, message, options) => counted(open(instanceId, message, options)),
    close: () => downloads.close(),
  };

  async function fetch(
    instanceId: number,
    message: MessageData,
    options: DownloadOptions,
  ): Promise<MediaData> {
    const file = fileOf(message);
    const bytes = await again(instanceId, message, file, options, (from) => downloads.read(from, options));
    return {
      mimetype: file.mimetype,
      data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
      ...(file.filename === null ? {} : { filename: file.filename }),
      filesize: bytes.length,
    };
  }

  async function open(
    instanceId: number,
    message: MessageData,
    options: DownloadOptions,
  ): Promise<OpenMedia> {
    const file = fileOf(message);
    const chunks = await again(instanceId, message, file, options, (from) => downloads.open(from, options));
    return { mimetype: file.mimetype, filename: file.filename, chunks };
  }

  async function counted<T>(asked: Promise<T>): Promise<T> {
    try {
      const got = await asked;
      parts.onOutcome?.('fetched');
      return got;
    } catch (error) {
      if (error instanceof MediaUnavailable) parts.onOutcome?.(error.reason);
      throw error;
    }
  }

  /** Does it with the file where it was, and when it is gone, where the phone uploaded it again. */
  async function again<T>(
    instanceId: number,
    message: MessageData,
    file: MediaFile,
    { signal }: DownloadOptions,
    attempt: (file: MediaFile) => Promise<T>,
  ): Promise<T> {
    const key = `${instanceId} ${message.id._serialized} ${file.path}`;
    const moved = paths.get(key)?.path ?? null;
    try {
      return await attempt(moved === null ? file : { ...file, path: moved, host: null });
    } catch (error) {
      if (!(error instanceof MediaUnavailable) || error.reason !== 'gone') throw error;
      const path = await newPath(key, instanceId, message, signal);
      if (path === null || path === moved) throw error;
      return attempt({ ...file, path, host: null });
    }
  }

  async function newPath(
    key: string,
    instanceId: number,
    message: MessageData,
    signal: AbortSignal,
  ): Promise<string | null> {
    const known = paths.get(key);
    if (known !== undefined && known.until > clock.monotonic()) return known.path;
    const ask = async (ended: AbortSignal) => {
      const leave = await phoneOf(instanceId).enter(ended);
      const path = await requestUpload(instanceId, message).finally(leave);
      const usable = path !== null && isPlainPath(path) ? path : null;
      remember(key, usable);
      if (usable !== null) await keepPath(instanceId, message, usable);
      return usable;
    };
    return asking.run(key, signal, ask).catch((error: unknown) => {
      if (signal.aborted) throw new MediaUnavailable('unreachable', undefined, { cause: error });
      throw error;
    });
  }

  function phoneOf(instanceId: number): Places {
    const places = phones.get(instanceId) ?? createPlaces(askedAtOnce);
    phones.set(instanceId, places);
    return places;
  }

  function remember(key: string, path: string | null): void {
    const [oldest] = paths.keys();
    if (paths.size >= pathsMax && oldest !== undefined) paths.delete(oldest);
    paths.set(key, { path, until: clock.monotonic() + askAgainMs });
  }
}

function fileOf(message: MessageData): MediaFile {
  const file = mediaFileOf(message);
  if (file === null) throw new MediaUnavailable('no_media');
  return file;
}
