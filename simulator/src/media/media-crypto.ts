import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { hmac } from '../signal/index.ts';
import { SimulatorError } from '../simulator-error.ts';
import { mediaKeysOf } from './media-keys.ts';
import type { MediaType } from './media-keys.ts';

/** What a message says of its file, so that the receiver can find, check and open it. */
export interface MediaSecrets {
  readonly mediaKey: Uint8Array;
  readonly fileSha256: Uint8Array;
  /** Of what is on the media host. */
  readonly fileEncSha256: Uint8Array;
  /** Bytes of the plain file. */
  readonly fileLength: number;
}

/** AES-256-CBC, and behind it the first 10 bytes of HMAC-SHA256 over the iv and the ciphertext. */
export function encryptMedia(
  file: Uint8Array,
  type: MediaType,
  mediaKey: Uint8Array = randomBytes(32),
): MediaSecrets & { readonly encrypted: Uint8Array } {
  const { iv, cipherKey, macKey } = mediaKeysOf(mediaKey, type);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const ciphertext = Buffer.concat([cipher.update(file), cipher.final()]);
  const encrypted = Buffer.concat([ciphertext, macOf(macKey, iv, ciphertext)]);
  return {
    mediaKey,
    fileSha256: sha256(file),
    fileEncSha256: sha256(encrypted),
    fileLength: file.length,
    encrypted,
  };
}

/** Opens and checks a file from the media host: both hashes, the MAC and the length. Throws `media_damaged`, saying what differs. */
export function decryptMedia(encrypted: Uint8Array, type: MediaType, secrets: Partial<MediaSecrets>): Buffer {
  const { mediaKey, fileEncSha256 } = secrets;
  if (!mediaKey) throw damaged('the message has no media key');
  if (!fileEncSha256 || !isSame(sha256(encrypted), fileEncSha256)) throw damaged('fileEncSha256 differs');
  const { iv, cipherKey, macKey } = mediaKeysOf(mediaKey, type);
  const [ciphertext, mac] = [encrypted.subarray(0, -macBytes), encrypted.subarray(-macBytes)];
  if (!isSame(macOf(macKey, iv, ciphertext), mac)) throw damaged('the MAC differs');
  const cipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const file = Buffer.concat([cipher.update(ciphertext), cipher.final()]);
  return checkMedia(file, secrets);
}

/** Checks a file that is not encrypted: its hash and its length. Throws `media_damaged`, saying what differs. */
export function checkMedia(
  file: Uint8Array,
  { fileSha256, fileLength }: Partial<Pick<MediaSecrets, 'fileSha256' | 'fileLength'>>,
): Buffer {
  if (!fileSha256 || !isSame(sha256(file), fileSha256)) throw damaged('fileSha256 differs');
  if (fileLength !== file.length) throw damaged(`fileLength is ${fileLength}, not ${file.length}`);
  return Buffer.from(file);
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

const macBytes = 10;

function macOf(macKey: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return hmac(macKey, iv, ciphertext).subarray(0, macBytes);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function damaged(reason: string): SimulatorError {
  return new SimulatorError('media_damaged', `The media file cannot be opened: ${reason}.`);
}
