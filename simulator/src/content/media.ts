import { randomInt } from 'node:crypto';
import { encryptMedia, sha256 } from '../media/media-crypto.ts';
import type { MediaType } from '../media/media-keys.ts';
import type { MediaFile, MediaStore } from '../media/media-store.ts';
import type { proto } from '../stanza/codec.ts';
import type { MediaKind } from './media-of.ts';

/** A file that somebody sends, with what a real phone says about it. */
export interface NewMedia {
  readonly kind: MediaKind;
  readonly bytes: Uint8Array;
  /** A usual one of the kind when left out. */
  readonly mimetype?: string;
  /** Of images, videos, GIFs and documents. */
  readonly caption?: string;
  /** Of documents. */
  readonly fileName?: string;
  /** Seen or heard once: images, videos, audio and voice notes. */
  readonly viewOnce?: boolean;
  /** In pixels, of what can be seen. */
  readonly width?: number;
  readonly height?: number;
  /** How long it plays. */
  readonly seconds?: number;
  /** Of voice notes: 64 values from 0 to 100; made up when left out. */
  readonly waveform?: Uint8Array;
  /** Of documents. */
  readonly pageCount?: number;
  /** Of stickers. */
  readonly isAnimated?: boolean;
  /** A small JPEG. */
  readonly thumbnail?: Uint8Array;
  /** Whom it quotes or mentions, and whether it was forwarded. */
  readonly contextInfo?: proto.IContextInfo;
}

/** What every kind has in its part of a message: where the file is, and what proves it. */
type Placed = Required<Pick<proto.Message.IImageMessage, 'url' | 'directPath' | 'fileSha256' | 'fileLength'>>;

/** The same with what opens an encrypted one. */
type Uploaded = Placed &
  Required<Pick<proto.Message.IImageMessage, 'mediaKey' | 'fileEncSha256'>> & { mediaKeyTimestamp: number };

/** Encrypts a file under a new key and puts it on the media host. */
export function uploadMedia(
  store: MediaStore,
  bytes: Uint8Array,
  type: MediaType,
): { fields: Uploaded; file: MediaFile } {
  const { encrypted, ...secrets } = encryptMedia(bytes, type);
  const file = store.put(type, encrypted);
  const mediaKeyTimestamp = Math.floor(Date.now() / 1000);
  return { fields: { ...secrets, url: file.url, directPath: file.directPath, mediaKeyTimestamp }, file };
}

/** Puts a file on the media host as it is, as channels have it. */
export function uploadPlain(
  store: MediaStore,
  bytes: Uint8Array,
  type: MediaType,
): { fields: Placed; file: MediaFile } {
  const file = store.put(type, bytes);
  const { url, directPath } = file;
  return { fields: { url, directPath, fileSha256: sha256(bytes), fileLength: bytes.length }, file };
}

/** Uploads the file, encrypted unless said otherwise, and gives the content that a phone sends for it. */
export function mediaContent(
  store: MediaStore,
  media: NewMedia,
  upload: typeof uploadMedia | typeof uploadPlain = uploadMedia,
): { content: proto.IMessage; file: MediaFile } {
  const { fields, file } = upload(store, media.bytes, types[media.kind]);
  const shared = { ...fields, mimetype: media.mimetype ?? mimetypes[media.kind] };
  const content = builders[media.kind](media, withContext(shared, media));
  return { content: media.viewOnce === true ? onceOnly(content) : content, file };
}

type Shared = Placed & { mimetype: string; contextInfo?: proto.IContextInfo };

const types: Record<MediaKind, MediaType> = {
  image: 'image',
  video: 'video',
  gif: 'video',
  'video-note': 'video',
  audio: 'audio',
  voice: 'audio',
  document: 'document',
  sticker: 'sticker',
};

const mimetypes: Record<MediaKind, string> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  gif: 'video/mp4',
  'video-note': 'video/mp4',
  audio: 'audio/mpeg',
  voice: 'audio/ogg; codecs=opus',
  document: 'application/octet-stream',
  sticker: 'image/webp',
};

const builders: Record<MediaKind, (media: NewMedia, shared: Shared) => proto.IMessage> = {
  image: (media, shared) => ({ imageMessage: { ...shared, ...captioned(media), ...sized(media) } }),
  video: (media, shared) => ({ videoMessage: videoPart(media, shared) }),
  gif: (media, shared) => ({ videoMessage: { ...videoPart(media, shared), gifPlayback: true } }),
  'video-note': (media, shared) => ({ ptvMessage: videoPart(media, shared) }),
  audio: ({ seconds = 1 }, shared) => ({ audioMessage: { ...shared, seconds } }),
  voice: ({ seconds = 1, waveform = madeUpWaveform() }, shared) => ({
    audioMessage: { ...shared, seconds, ptt: true, waveform },
  }),
  document: documentContent,
  sticker: ({ width = 512, height = 512, isAnimated = false }, shared) => ({
    stickerMessage: { ...shared, width, height, isAnimated, stickerSentTs: Date.now() },
  }),
};

function videoPart(media: NewMedia, shared: Shared): proto.Message.IVideoMessage {
  return { ...shared, ...captioned(media), ...sized(media), seconds: media.seconds ?? 1 };
}

/** With a caption, a document is wrapped once more: clients from before captions must not show it without. */
function documentContent(media: NewMedia, shared: Shared): proto.IMessage {
  const { caption, pageCount, thumbnail, fileName = 'file' } = media;
  const documentMessage: proto.Message.IDocumentMessage = {
    ...shared,
    fileName,
    title: fileName,
    ...(pageCount === undefined ? {} : { pageCount }),
    ...(thumbnail === undefined ? {} : { jpegThumbnail: thumbnail }),
    ...(caption === undefined ? {} : { caption }),
  };
  if (caption === undefined) return { documentMessage };
  return { documentWithCaptionMessage: { message: { documentMessage } } };
}

function captioned({ caption }: NewMedia): { caption?: string } {
  return caption === undefined ? {} : { caption };
}

function sized({ width = 100, height = 100, thumbnail }: NewMedia) {
  return { width, height, ...(thumbnail === undefined ? {} : { jpegThumbnail: thumbnail }) };
}

function withContext(shared: Shared, { contextInfo }: NewMedia): Shared {
  return contextInfo === undefined ? shared : { ...shared, contextInfo };
}

/** Images and videos are wrapped in one way, what is heard in another. */
function onceOnly({ imageMessage, videoMessage, audioMessage, ...other }: proto.IMessage): proto.IMessage {
  const viewOnce = true;
  if (imageMessage)
    return { viewOnceMessageV2: { message: { imageMessage: { ...imageMessage, viewOnce } } } };
  if (videoMessage)
    return { viewOnceMessageV2: { message: { videoMessage: { ...videoMessage, viewOnce } } } };
  if (audioMessage)
    return { viewOnceMessageV2Extension: { message: { audioMessage: { ...audioMessage, viewOnce } } } };
  return other;
}

function madeUpWaveform(): Uint8Array {
  return Uint8Array.from({ length: 64 }, () => randomInt(0, 101));
}
