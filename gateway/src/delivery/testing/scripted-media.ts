import type { FetchMedia } from '../../outbox/inline-media.ts';
import { until } from '../../testing/until.ts';

interface MediaCall {
  readonly instanceId: number;
  readonly message: Parameters<FetchMedia>[1];
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  give(text: string): void;
  fail(): void;
}

/** Where no event has a file. */
export const noFiles: FetchMedia = () => Promise.reject(new Error('there are no files'));

/** Files that come when a test says so. */
export class ScriptedMedia {
  readonly calls: MediaCall[] = [];

  readonly fetch: FetchMedia = (instanceId, message, { maxBytes, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<FetchMedia>>>();
    this.calls.push({
      instanceId,
      message,
      maxBytes,
      signal,
      give(text) {
        const data = Buffer.from(text);
        resolve({ mimetype: 'image/jpeg', data: data.toString('base64'), filesize: data.length });
      },
      fail: () => reject(new Error('the file is gone')),
    });
    return promise;
  };

  /** Resolves with the call of this number, from 1, once it was made. */
  async call(number: number): Promise<MediaCall> {
    await until(() => this.calls.length >= number);
    const call = this.calls[number - 1];
    if (!call) throw new Error(`there is no call ${number}`);
    return call;
  }
}

/** What an event says of a message with a picture of this size. */
export function picture(size: number | undefined) {
  const message = {
    hasMedia: true,
    _data: { mimetype: 'image/jpeg', ...(size === undefined ? {} : { size }) },
  };
  return { message, media: null };
}
