import { mediaContent, uploadPlain } from '../content/media.ts';
import type { NewMedia } from '../content/media.ts';
import { mediaOf } from '../content/media-of.ts';
import { checkMedia, decryptMedia } from '../media/media-crypto.ts';
import type { MediaSecrets } from '../media/media-crypto.ts';
import type { MediaFile, MediaStore } from '../media/media-store.ts';
import type { PhoneMessage } from './messages.ts';
import { SimulatorError } from '../simulator-error.ts';
import type { proto } from '../stanza/codec.ts';

/** A media file that a phone has downloaded and opened. */
export interface DownloadedMedia {
  readonly bytes: Buffer;
  readonly mimetype: string;
}

/** What a handset does with media: upload before it sends, download what it got. */
export class PhoneMedia {
  readonly #store: MediaStore;

  constructor(store: MediaStore) {
    this.#store = store;
  }

  /** Throws `invalid_request` for what this kind cannot have. */
  upload(media: NewMedia): { content: proto.IMessage; file: MediaFile } {
    if (media.viewOnce === true && !onceKinds.has(media.kind))
      throw new SimulatorError('invalid_request', `A ${media.kind} cannot be sent to be viewed once.`);
    return mediaContent(this.#store, media);
  }

  /** The same for a channel, where files are not encrypted and nothing is seen only once. */
  uploadPlain(media: NewMedia): { content: proto.IMessage; file: MediaFile } {
    if (media.viewOnce === true)
      throw new SimulatorError('invalid_request', 'Nothing in a channel can be viewed once.');
    return mediaContent(this.#store, media, uploadPlain);
  }

  /** Throws `no_media`, `unknown_media`, `media_expired`, `media_damaged`. */
  download({ id, content }: PhoneMessage): DownloadedMedia {
    const media = mediaOf(content);
    if (!media) throw new SimulatorError('no_media', `The message ${id} has no media.`);
    const { type, fields } = media;
    const { directPath, url, mimetype } = fields;
    const stored = this.#store.read(directPath ?? url ?? '');
    const secrets = secretsOf(fields);
    const bytes = secrets.mediaKey ? decryptMedia(stored, type, secrets) : checkMedia(stored, secrets);
    return { bytes, mimetype: mimetype ?? '' };
  }
}

const onceKinds: ReadonlySet<string> = new Set<NewMedia['kind']>(['image', 'video', 'audio', 'voice']);

function secretsOf(fields: NonNullable<ReturnType<typeof mediaOf>>['fields']): Partial<MediaSecrets> {
  const { mediaKey, fileSha256, fileEncSha256, fileLength } = fields;
  return {
    ...(mediaKey && { mediaKey }),
    ...(fileSha256 && { fileSha256 }),
    ...(fileEncSha256 && { fileEncSha256 }),
    fileLength: Number(fileLength ?? 0),
  };
}
