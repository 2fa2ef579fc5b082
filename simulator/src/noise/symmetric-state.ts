import { createHash } from 'node:crypto';
import { hkdf } from '../signal/index.ts';
import { CipherState } from './cipher-state.ts';

/** Noise's SymmetricState (section 5.2) with SHA-256: the chaining key, the transcript hash and the current cipher. */
export class SymmetricState {
  #hash: Uint8Array;
  #chainingKey: Uint8Array;
  #cipher: CipherState | undefined;

  constructor(protocolName: string) {
    const name = Buffer.from(protocolName);
    this.#hash = name.length <= 32 ? Buffer.concat([name, Buffer.alloc(32 - name.length)]) : sha256(name);
    this.#chainingKey = this.#hash;
  }

  /** The transcript hash; after the handshake both sides have the same. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Whether `encryptAndHash` encrypts, which it does from the first `mixKey` on. */
  get hasKey(): boolean {
    return this.#cipher !== undefined;
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(this.#hash, data);
  }

  mixKey(secret: Uint8Array): void {
    const keys = this.#derive(secret);
    this.#chainingKey = keys.first;
    this.#cipher = new CipherState(keys.second);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher?.encrypt(plaintext, this.#hash) ?? plaintext;
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** Throws `NoiseError`. */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.decrypt(ciphertext, this.#hash) ?? ciphertext;
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The transport's two ciphers: initiator to responder, and back. */
  split(): { fromInitiator: CipherState; fromResponder: CipherState } {
    const keys = this.#derive(new Uint8Array(0));
    return { fromInitiator: new CipherState(keys.first), fromResponder: new CipherState(keys.second) };
  }

  #derive(secret: Uint8Array): { first: Uint8Array; second: Uint8Array } {
    const keys = hkdf(secret, this.#chainingKey, '', 64);
    return { first: keys.slice(0, 32), second: keys.slice(32) };
  }
}

function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
