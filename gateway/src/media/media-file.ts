import type { MessageData } from '@eazewa/sdk/events';

/** What it takes to fetch the file of a message and to know it when it comes. */
export interface MediaFile {
  /** Path and query at the media server; begins with `/`. */
  readonly path: string;
  /** Another host of WhatsApp that has it; null for the usual one. */
  readonly host: string | null;
  /** null for what channels send, which is not encrypted. */
  readonly encryption: { readonly key: Uint8Array; readonly kind: MediaKind } | null;
  /** SHA-256 of the file; null when the sender did not tell. */
  readonly hash: Uint8Array | null;
  /** SHA-256 of the encrypted bytes, MAC included; null when the sender did not tell. */
  readonly encryptedHash: Uint8Array | null;
  readonly mimetype: string;
  /** Only documents have one. */
  readonly filename: string | null;
  /** Bytes, as the sender says; null when it does not. */
  readonly size: number | null;
}

/** The word that stands in the info of the keys: `WhatsApp <kind> Keys`. */
export type MediaKind = 'Image' | 'Video' | 'Audio' | 'Document' | 'History' | 'App State';

/** The file of a message; null when it has none, or does not tell enough to fetch and check it. */
export function mediaFileOf({ _data: raw, type }: MessageData): MediaFile | null {
  const place = placeOf(raw.directPath, raw.deprecatedMms3Url);
  const key = bytesOf(raw.mediaKey);
  const kind = kinds.get(raw.interactiveHeader?.mediaType?.toLowerCase() ?? type);
  const hash = hashOf(raw.filehash);
  if (place === null || raw.mimetype === undefined) return null;
  if (key === null ? hash === null : key.length !== 32 || kind === undefined) return null;
  return {
    ...place,
    encryption: key === null || kind === undefined ? null : { key, kind },
    hash,
    encryptedHash: hashOf(raw.encFilehash),
    mimetype: raw.mimetype,
    filename: raw.filename ?? null,
    size: raw.size ?? null,
  };
}

/**
 * Baileys' `MEDIA_HKDF_KEY_MAPPING`, by the contract's types: a GIF is a video, a voice note is audio. An interactive message
 * has the file of its header.
 */
const kinds = new Map<string, MediaKind>([
  ['image', 'Image'],
  ['sticker', 'Image'],
  ['product', 'Image'],
  ['video', 'Video'],
  ['audio', 'Audio'],
  ['ptt', 'Audio'],
  ['document', 'Document'],
]);

/**
 * Where the file is. The sender of a message chooses all of this: only a plain path is taken, and the URL only when it
 * leads to WhatsApp, so that nobody makes the gateway call a host of his choice.
 */
function placeOf(path: string | undefined, url: string | undefined): Pick<MediaFile, 'path' | 'host'> | null {
  if (path !== undefined) return isPlainPath(path) ? { path, host: null } : null;
  const parsed = url === undefined ? null : URL.parse(url);
  if (parsed?.protocol !== 'https:' || parsed.port !== '' || parsed.username !== '') return null;
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)*\.whatsapp\.net$/.test(parsed.hostname)) return null;
  return { path: parsed.pathname + parsed.search, host: parsed.hostname };
}

/** Whether a text can stand in the first line of a request as it is. */
export function isPlainPath(path: string): boolean {
  return /^\/(?!\/)[\x21-\x22\x24-\x5b\x5d-\x7e]{1,2000}$/.test(path);
}

function bytesOf(base64: string | undefined): Uint8Array | null {
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}

function hashOf(base64: string | undefined): Uint8Array | null {
  const bytes = bytesOf(base64);
  return bytes?.length === 32 ? bytes : null;
}
