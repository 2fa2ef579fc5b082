import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { hkdf } from '../signal/index.ts';

/** AES-256-GCM: the tag is behind the ciphertext. */
export interface SealedRetry {
  readonly ciphertext: Uint8Array;
  readonly iv: Uint8Array;
}

/** What a client and its handset tell each other about a file that has expired, under a key that its media key gives. */
export function sealRetry(mediaKey: Uint8Array, messageId: string, plaintext: Uint8Array): SealedRetry {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', retryKey(mediaKey), iv).setAAD(Buffer.from(messageId));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { ciphertext, iv };
}

/** Throws when it was not sealed for this message with this key. */
export function openRetry(
  mediaKey: Uint8Array,
  messageId: string,
  { ciphertext, iv }: SealedRetry,
): Uint8Array {
  const [text, tag] = [ciphertext.subarray(0, -tagBytes), ciphertext.subarray(-tagBytes)];
  const options = { authTagLength: tagBytes };
  const cipher = createDecipheriv('aes-256-gcm', retryKey(mediaKey), iv, options);
  cipher.setAAD(Buffer.from(messageId)).setAuthTag(tag);
  return Buffer.concat([cipher.update(text), cipher.final()]);
}

const tagBytes = 16;

function retryKey(mediaKey: Uint8Array): Uint8Array {
  return hkdf(mediaKey, new Uint8Array(), 'WhatsApp Media Retry Notification', 32);
}
