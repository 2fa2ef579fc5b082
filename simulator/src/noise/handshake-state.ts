import { generateKeyPair, sharedSecret, SignalError } from '../signal/index.ts';
import type { KeyPair } from '../signal/index.ts';
import type { CipherState } from './cipher-state.ts';
import { NoiseError } from './noise-error.ts';
import { SymmetricState } from './symmetric-state.ts';

/** One side of a handshake. `ephemeral` is for published vectors only; a reused one gives the secrecy away. */
export interface HandshakeOptions {
  isInitiator: boolean;
  staticKeyPair: KeyPair;
  prologue: Uint8Array;
  ephemeral?: KeyPair | undefined;
}

/** The parts of one handshake message in wire order; which keys are present depends on the message. */
export interface HandshakeParts {
  ephemeral?: Uint8Array | undefined;
  static?: Uint8Array | undefined;
  /** Missing means that the message has no payload step at all, which differs from an empty payload. */
  payload?: Uint8Array | undefined;
}

/**
 * `Noise_XX_25519_AESGCM_SHA256` (noiseprotocol.org, revision 34, section 5.3), either side. `write` and `read`
 * take turns for the three messages, beginning with the initiator's `write`; then `split` gives the transport.
 */
export class HandshakeState {
  readonly #symmetric = new SymmetricState('Noise_XX_25519_AESGCM_SHA256');
  readonly #isInitiator: boolean;
  readonly #static: KeyPair;
  readonly #ephemeral: KeyPair;
  #theirEphemeral: Uint8Array | undefined;
  #theirStatic: Uint8Array | undefined;
  #messages = 0;

  constructor({ isInitiator, staticKeyPair, prologue, ephemeral }: HandshakeOptions) {
    this.#isInitiator = isInitiator;
    this.#static = staticKeyPair;
    this.#ephemeral = ephemeral ?? generateKeyPair();
    this.#symmetric.mixHash(prologue);
  }

  /** The transcript hash, section 11.2. */
  get hash(): Uint8Array {
    return this.#symmetric.hash;
  }

  /** The other side's static key; `undefined` until it has arrived. */
  get theirStatic(): Uint8Array | undefined {
    return this.#theirStatic;
  }

  /** Our next message. Throws `NoiseError` out of turn or when the other side's key is unusable. */
  write(payload?: Uint8Array): HandshakeParts {
    const parts: HandshakeParts = {};
    for (const token of this.#nextMessage(true)) {
      if (token === 'e') parts.ephemeral = this.#writeEphemeral();
      else if (token === 's') parts.static = this.#symmetric.encryptAndHash(this.#static.publicKey);
      else this.#mixSecret(token);
    }
    if (payload !== undefined) parts.payload = this.#symmetric.encryptAndHash(payload);
    return parts;
  }

  /** Their next message; gives the decrypted payload. Throws `NoiseError`; the handshake is over then. */
  read(parts: HandshakeParts): Uint8Array {
    for (const token of this.#nextMessage(false)) {
      if (token === 'e') this.#readEphemeral(required(parts.ephemeral));
      else if (token === 's') this.#theirStatic = this.#symmetric.decryptAndHash(required(parts.static));
      else this.#mixSecret(token);
    }
    return parts.payload === undefined ? new Uint8Array(0) : this.#symmetric.decryptAndHash(parts.payload);
  }

  /** The transport's ciphers, after the third message. */
  split(): { fromInitiator: CipherState; fromResponder: CipherState } {
    if (this.#messages !== pattern.length) throw new NoiseError('the handshake is not complete');
    return this.#symmetric.split();
  }

  #nextMessage(isWrite: boolean): readonly Token[] {
    const tokens = pattern[this.#messages];
    const isFromInitiator = this.#messages % 2 === 0;
    if (!tokens || isWrite !== (isFromInitiator === this.#isInitiator)) {
      throw new NoiseError('the handshake message is out of turn');
    }
    this.#messages += 1;
    return tokens;
  }

  #writeEphemeral(): Uint8Array {
    this.#symmetric.mixHash(this.#ephemeral.publicKey);
    return this.#ephemeral.publicKey;
  }

  #readEphemeral(ephemeral: Uint8Array): void {
    this.#theirEphemeral = ephemeral;
    this.#symmetric.mixHash(ephemeral);
  }

  // The first letter of a token names the initiator's key, the second the responder's.
  #mixSecret(token: 'ee' | 'es' | 'se'): void {
    const [initiators, responders] = token;
    const [ours, theirs] = this.#isInitiator ? [initiators, responders] : [responders, initiators];
    const ourKey = ours === 'e' ? this.#ephemeral : this.#static;
    const theirKey = required(theirs === 'e' ? this.#theirEphemeral : this.#theirStatic);
    this.#symmetric.mixKey(agree(ourKey.privateKey, theirKey));
  }
}

type Token = 'e' | 's' | 'ee' | 'es' | 'se';

// Section 7.5, XX: each side sends its static key encrypted.
const pattern: readonly (readonly Token[])[] = [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']];

function agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return sharedSecret(privateKey, publicKey);
  } catch (error) {
    throw error instanceof SignalError ? new NoiseError(error.message) : error;
  }
}

function required(part: Uint8Array | undefined): Uint8Array {
  if (part === undefined) throw new NoiseError('the handshake message lacks a key');
  return part;
}
