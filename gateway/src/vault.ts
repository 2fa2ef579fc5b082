import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync } from 'node:crypto';

/** Encrypts what must not be readable in a copied database: credentials, ratchets, messages on their way. */
export interface Vault {
  seal(plaintext: Uint8Array): Uint8Array;
  /** @throws Error when the bytes were sealed with another key or were changed. */
  open(sealed: Uint8Array): Uint8Array;
}

const version = 1;
const versionByte = Uint8Array.of(version);
const ivBytes = 12;
const tagBytes = 16;

/**
 * A vault with AES-256-GCM. Sealed form: version (1 byte), random IV (12), tag (16), ciphertext.
 *
 * @param key 32 bytes
 */
export function createVault(key: Uint8Array): Vault {
  if (key.length !== 32) throw new Error('The secret key must be 32 bytes long.');
  // A key object is made once; raw bytes are looked at anew for each message, which costs more than the encryption.
  const secret = createSecretKey(key);
  const nextIv = randomIvs();
  return {
    seal(plaintext) {
      const iv = nextIv();
      const cipher = createCipheriv('aes-256-gcm', secret, iv);
      const ciphertext = [cipher.update(plaintext), cipher.final()];
      return Buffer.concat([versionByte, iv, cipher.getAuthTag(), ...ciphertext]);
    },
    open(sealed) {
      if (sealed[0] !== version) throw new Error('These bytes were not sealed by this gateway.');
      const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(1, 1 + ivBytes));
      decipher.setAuthTag(sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes));
      return Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes + tagBytes)), decipher.final()]);
    },
  };
}

/** Random numbers for one seal each, drawn many at a time: the draw costs more than the bytes. */
function randomIvs(): () => Uint8Array {
  const drawn = Buffer.alloc(ivBytes * 256);
  let used = drawn.length;
  return () => {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    used += ivBytes;
    return drawn.subarray(used - ivBytes, used);
  };
}
