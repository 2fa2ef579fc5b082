import { generateKeyPair, sign, withKeyType } from './curve.ts';
import type { KeyPair } from './curve.ts';
import { SignalError } from './signal-error.ts';

/** What a server hands out about a device so that others can start a session with it. Public keys are raw, 32 bytes. */
export interface PreKeyBundle {
  registrationId: number;
  identityKey: Uint8Array;
  signedPreKey: SignedPreKey;
  /** Missing when the device's one-time pre-keys are used up. */
  preKey?: PreKey;
}

export interface PreKey {
  /** 24 bits, never 0. */
  id: number;
  publicKey: Uint8Array;
}

export interface SignedPreKey extends PreKey {
  /** XEdDSA by the identity key over the public key with its type byte. */
  signature: Uint8Array;
}

/** The private side of a device's pre-keys: one signed key, and one-time keys that are made as they are asked for. */
export class PreKeyStore {
  readonly signed: SignedPreKey;
  readonly #signedPair = generateKeyPair();
  readonly #oneTime = new Map<number, KeyPair>();
  #nextId = 1;

  constructor(identity: KeyPair) {
    const { publicKey } = this.#signedPair;
    this.signed = { id: 1, publicKey, signature: sign(identity.privateKey, withKeyType(publicKey)) };
  }

  /** A new one-time key, kept until `remove`. */
  issue(): PreKey {
    const id = this.#nextId;
    this.#nextId = (id % idMax) + 1;
    const pair = generateKeyPair();
    this.#oneTime.set(id, pair);
    return { id, publicKey: pair.publicKey };
  }

  /** Throws `SignalError('unknown_signed_pre_key')`. */
  signedPair(id: number): KeyPair {
    if (id === this.signed.id) return this.#signedPair;
    throw new SignalError('unknown_signed_pre_key', `there is no signed pre-key ${id}`);
  }

  /** Throws `SignalError('unknown_pre_key')`, which is also the answer for a key that was used up. */
  oneTimePair(id: number): KeyPair {
    const pair = this.#oneTime.get(id);
    if (pair) return pair;
    throw new SignalError('unknown_pre_key', `there is no one-time pre-key ${id}, or it was used up`);
  }

  /** Forgets a one-time key whose session has opened its first message. */
  remove(id: number): void {
    this.#oneTime.delete(id);
  }
}

const idMax = 0xffffff;
