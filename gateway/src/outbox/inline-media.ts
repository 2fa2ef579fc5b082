import type { MediaData, MessageData } from '@eazewa/sdk/events';
import type { MediaOptions } from '../webhooks/webhook.ts';

/** Gets the file of a message; rejects when there is none to be had. `maxBytes`: of the file. */
export type FetchMedia = (
  instanceId: number,
  message: MessageData,
  options: { readonly maxBytes: number; readonly signal: AbortSignal },
) => Promise<MediaData>;

/** A file that fits into the body of an event. */
export interface InlinePlan {
  readonly message: MessageData;
  /** The largest file that fits. */
  readonly maxBytes: number;
  /** What the body comes to with the file in it. */
  readonly bodyBytes: number;
}

/**
 * What goes into the body of a `message` event for a webhook with these options; null when it goes without: there is no
 * file, its size is not known, or it is too large. `data` is the event's, `bodyBytes` the size of its body without a file.
 */
export function planInline(data: unknown, bodyBytes: number, options: MediaOptions): InlinePlan | null {
  const message = options.inline ? messageIn(data) : null;
  const { mimetype = '', filename = null, size } = message?._data ?? {};
  if (message?.hasMedia !== true || size === undefined || !(size >= 0)) return null;
  const around = Buffer.byteLength(JSON.stringify({ mimetype, data: '', filename, filesize: size }));
  const withoutFile = bodyBytes + around - 'null'.length;
  // A larger file has a longer size, too.
  const digits = String(options.bytesMax).length - String(size).length;
  const maxBytes = Math.floor((options.bytesMax - withoutFile - Math.max(0, digits)) / 4) * 3;
  if (size > maxBytes) return null;
  return { message, maxBytes, bodyBytes: withoutFile + Math.ceil(size / 3) * 4 };
}

/** The same for a body that was recorded before. */
export function planInlineOf(body: Uint8Array, options: MediaOptions): InlinePlan | null {
  if (!options.inline) return null;
  const envelope: unknown = JSON.parse(Buffer.from(body).toString());
  return planInline(isObject(envelope) ? envelope['data'] : null, body.length, options);
}

/** How every body ends that has room for a file: `media` is the last that it says. */
const noFile = Buffer.from('"media":null}}');

/** The same body with a file in it, all other bytes as they are; null when it has no room for one. */
export function withMedia(body: Uint8Array, media: MediaData): Uint8Array | null {
  const start = body.length - noFile.length;
  if (start < 0 || !noFile.equals(body.subarray(start))) return null;
  return Buffer.concat([body.subarray(0, start), Buffer.from(`"media":${JSON.stringify(media)}}}`)]);
}

/** The events that were recorded have the contract's shape; a body from elsewhere has no file for us. */
function messageIn(data: unknown): MessageData | null {
  const message = isObject(data) ? data['message'] : null;
  return isObject(message) && isObject(message['_data']) ? (message as unknown as MessageData) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
