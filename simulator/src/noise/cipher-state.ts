import { createCipheriv, createDecipheriv } from 'node:crypto';
import { NoiseError } from './noise-error.ts';

/** Noise's CipherState (noiseprotocol.org, revision 34, section 5.1) with AES-256-GCM: one key, one counting nonce. */
export class CipherState {
  readonly #key: Uint8Array;
  #counter = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The ciphertext with its 16-byte tag; uses up one nonce. */
  encrypt(plaintext: Uint8Array, associatedData: Uint8Array = empty): Uint8Array {
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#nonce());
    cipher.setAAD(associatedData);
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    this.#counter += 1;
    return ciphertext;
  }

  /** Throws `NoiseError`, and then the nonce is not used up. */
  decrypt(ciphertext: Uint8Array, associatedData: Uint8Array = empty): Uint8Array {
    if (ciphertext.length < tagLength) throw new NoiseError('the ciphertext is shorter than its tag');
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#nonce(), { authTagLength: tagLength });
    decipher.setAAD(associatedData);
    decipher.setAuthTag(ciphertext.subarray(-tagLength));
    const plaintext = decipher.update(ciphertext.subarray(0, -tagLength));
    try {
      decipher.final();
    } catch {
      throw new NoiseError('the ciphertext does not authenticate');
    }
    this.#counter += 1;
    return plaintext;
  }

  // Section 12.4: 4 zero bytes, then the counter as 8 bytes, big-endian.
  #nonce(): Uint8Array {
    const nonce = Buffer.alloc(12);
    nonce.writeBigUInt64BE(BigInt(this.#counter), 4);
    return nonce;
  }
}

const tagLength = 16;
const empty = new Uint8Array(0);
