import type { proto } from '../stanza/codec.ts';
import { decryptMedia, encryptMedia } from './media-crypto.ts';
import type { MediaSecrets } from './media-crypto.ts';
import type { MediaType } from './media-keys.ts';
import type { MediaStore } from './media-store.ts';

/** Encrypts bytes that are too much for a stanza and puts them on the media host; gives what a receiver must know. */
export function putBlob(
  store: MediaStore,
  type: Extract<MediaType, 'history' | 'app-state'>,
  bytes: Uint8Array,
): MediaSecrets & { readonly directPath: string } {
  const { encrypted, ...secrets } = encryptMedia(bytes, type);
  return { ...secrets, directPath: store.put(type, encrypted).directPath };
}

/** The same for a part of the shared settings, which names it in a form of its own. */
export function putAppState(store: MediaStore, bytes: Uint8Array): proto.IExternalBlobReference {
  const { mediaKey, directPath, fileSha256, fileEncSha256, fileLength } = putBlob(store, 'app-state', bytes);
  return { mediaKey, directPath, fileSha256, fileEncSha256, fileSizeBytes: fileLength };
}

/** Throws `unknown_media`, `media_expired`, `media_damaged`. */
export function readAppState(store: MediaStore, reference: proto.IExternalBlobReference): Uint8Array {
  const { mediaKey, fileSha256, fileEncSha256, fileSizeBytes } = reference;
  return decryptMedia(store.read(reference), 'app-state', {
    ...(mediaKey && { mediaKey }),
    ...(fileSha256 && { fileSha256 }),
    ...(fileEncSha256 && { fileEncSha256 }),
    fileLength: Number(fileSizeBytes ?? 0),
  });
}
