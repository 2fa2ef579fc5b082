import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { MediaFile, MediaKind } from './media-file.ts';
import { MediaUnavailable } from './media-unavailable.ts';

/** What is made of a file's 32-byte key: HKDF-SHA256 without salt, 112 bytes, of which the last 32 are not used here. */
function mediaKeys(key: Uint8Array, kind: MediaKind): MediaKeys {
  const bytes = Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), `WhatsApp ${kind} Keys`, 112));
  return { iv: bytes.subarray(0, 16), cipherKey: bytes.subarray(16, 48), macKey: bytes.subarray(48, 80) };
}

export interface MediaKeys {
  readonly iv: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
}

/** The encrypted file ends in the first ten bytes of HMAC-SHA256 over the IV and the ciphertext. */
const macBytes = 10;

/**
 * The bytes of a file, as the encrypted ones come in. The last of them are given only when everything was checked: the
 * MAC, and both hashes that the message names. So nobody has the whole of a file that is not what the sender sent.
 *
 * @throws MediaUnavailable `damaged`, `too_large`
 */
export async function* decrypt(
  source: AsyncIterable<Uint8Array>,
  file: Pick<MediaFile, 'encryption' | 'hash' | 'encryptedHash'>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  const plain = createHash('sha256');
  let bytes = 0;
  let heldBack: Uint8Array | null = null;
  for await (const piece of file.encryption === null ? source : decipher(source, file.encryption, file)) {
    if (piece.length === 0) continue;
    bytes += piece.length;
    if (bytes > maxBytes) throw new MediaUnavailable('too_large');
    plain.update(piece);
    if (heldBack !== null) yield heldBack;
    heldBack = piece;
  }
  if (file.hash !== null && !timingSafeEqual(plain.digest(), file.hash))
    throw new MediaUnavailable('damaged');
  if (heldBack !== null) yield heldBack;
}

/** Throws at the end when the MAC, or the hash of the encrypted file, is another. */
async function* decipher(
  source: AsyncIterable<Uint8Array>,
  { key, kind }: NonNullable<MediaFile['encryption']>,
  { encryptedHash }: Pick<MediaFile, 'encryptedHash'>,
): AsyncGenerator<Uint8Array> {
  const { iv, cipherKey, macKey } = mediaKeys(key, kind);
  const aes = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const hmac = createHmac('sha256', macKey).update(iv);
  const whole = createHash('sha256');
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of source) {
    whole.update(chunk);
    const known = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const end = Math.max(0, known.length - macBytes);
    const ciphertext = known.subarray(0, end);
    // A copy: the rest must not keep a large chunk alive, nor change with a buffer that is used again.
    tail = Buffer.from(known.subarray(end));
    hmac.update(ciphertext);
    yield aes.update(ciphertext);
  }
  const isWhole = encryptedHash === null || timingSafeEqual(whole.digest(), encryptedHash);
  const mac = hmac.digest().subarray(0, macBytes);
  if (!isWhole || tail.length !== macBytes || !timingSafeEqual(mac, tail))
    throw new MediaUnavailable('damaged');
  yield finish(aes);
}

function finish(aes: ReturnType<typeof createDecipheriv>): Uint8Array {
  try {
    return aes.final();
  } catch (error) {
    throw new MediaUnavailable('damaged', undefined, { cause: error });
  }
}
