import { hkdf } from '../signal/index.ts';

/** What a file is, as far as its keys and its place on the media host go. */
export type MediaType = 'image' | 'video' | 'audio' | 'document' | 'sticker' | 'history' | 'app-state';

/** Everything that is derived from the 32 bytes of a message's `mediaKey`. */
export interface MediaKeys {
  readonly iv: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
}

/** HKDF-SHA256 with no salt over 112 bytes: iv 16, cipher 32, MAC 32, and a reference key that no client uses. */
export function mediaKeysOf(mediaKey: Uint8Array, type: MediaType): MediaKeys {
  const bytes = hkdf(mediaKey, new Uint8Array(), `WhatsApp ${infos[type]} Keys`, 112);
  return { iv: bytes.subarray(0, 16), cipherKey: bytes.subarray(16, 48), macKey: bytes.subarray(48, 80) };
}

const infos: Record<MediaType, string> = {
  image: 'Image',
  video: 'Video',
  audio: 'Audio',
  document: 'Document',
  sticker: 'Image',
  history: 'History',
  'app-state': 'App State',
};
