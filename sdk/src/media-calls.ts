import type { MediaData, MediaLinkData, MessageData } from './events.ts';
import { instancePath, type InstanceId } from './instance-path.ts';
import { part, request, result, type ClientOptions } from './request.ts';
import { isMessage, isRecord, withTypes, type Guard } from './resources.ts';

/** A file to send: where it is, or itself as base64 with a name. */
export type MediaToSend = {
  /** `<digits>@c.us`, `<digits>@lid` or `<id>@g.us`. */
  readonly chatId: string;
  /** The text below the file. */
  readonly mediaCaption?: string;
  /** A WebP picture as a sticker. */
  readonly asSticker?: boolean;
  /** Ogg with Opus as a voice note. */
  readonly asVoice?: boolean;
  readonly asDocument?: boolean;
} & (
  | { readonly mediaUrl: string; readonly mediaName?: string }
  | { readonly mediaBase64: string; readonly mediaName: string }
);

/** A message with its file, or null when it has none. */
export interface MessageWithMedia {
  readonly message: MessageData;
  readonly media: MediaData | null;
}

/** The calls about files: `client.media`. Every method throws `ApiError` when what was asked for was not done. */
export class MediaCalls {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Uploads a file and sends it; resolves as `sendMessage` does, and is repeated with the same key as that is. */
  async send(instance: InstanceId, media: MediaToSend, idempotencyKey?: string): Promise<MessageData> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    return result(await this.#action(instance, 'send-media', media, headers), 'data', isMessage);
  }

  /** The file of a message. The id is `id._serialized`. */
  async download(instance: InstanceId, messageId: string): Promise<MediaData> {
    return result(await this.#action(instance, 'download-media', { messageId }), 'data', isMedia);
  }

  /** A message that the gateway keeps, and its file when `includeMedia` is true. */
  async message(
    instance: InstanceId,
    messageId: string,
    { includeMedia = false }: { readonly includeMedia?: boolean } = {},
  ): Promise<MessageWithMedia> {
    const answer = await this.#action(instance, 'get-message-by-id', { messageId, includeMedia });
    return result(answer, 'data', isMessageWithMedia);
  }

  /** A link to the file of a message, which needs no token and ends. */
  async link(instance: InstanceId, messageId: string): Promise<MediaLinkData> {
    const path = `${instancePath(instance)}/messages/${encodeURIComponent(messageId)}/media-link`;
    return part(await request(this.#options, { method: 'GET', path }), 'mediaLink', isLink);
  }

  async #action(instance: InstanceId, name: string, body: object, headers: Record<string, string> = {}) {
    const path = `${instancePath(instance)}/client/action/${name}`;
    return request(this.#options, { method: 'POST', path, body, headers, waitMs: transferMs });
  }
}

/** What the gateway may need to transfer a file, beside what a call may take anyhow. */
const transferMs = 120_000;

const isMedia: Guard<MediaData> = withTypes({ mimetype: 'string', data: 'string' });
const isLink: Guard<MediaLinkData> = withTypes({ url: 'string', expiresAt: 'number' });

function isMessageWithMedia(value: unknown): value is MessageWithMedia {
  if (!isRecord(value) || !isMessage(value['message'])) return false;
  return value['media'] === null || isMedia(value['media']);
}
