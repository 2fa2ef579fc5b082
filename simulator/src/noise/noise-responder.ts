import type { KeyPair } from '../signal/index.ts';
import { decodeHandshakeMessage, encodeHandshakeMessage } from './handshake-message.ts';
import { HandshakeState } from './handshake-state.ts';
import { NoiseError } from './noise-error.ts';

/** What the server hello carries: the ephemeral key in the clear, the static key and the payload encrypted. */
export interface ServerHello {
  ephemeral: Uint8Array;
  static: Uint8Array;
  payload: Uint8Array;
}

/** The client's last handshake message, decrypted: its Noise key, and WhatsApp's `ClientPayload`. */
export interface ClientFinish {
  clientStatic: Uint8Array;
  payload: Uint8Array;
}

/** Encrypts our frames and decrypts the client's; both must happen in wire order. `decrypt` throws `NoiseError`. */
export interface Transport {
  encrypt(plaintext: Uint8Array): Uint8Array;
  decrypt(ciphertext: Uint8Array): Uint8Array;
}

/** `prologue` is the 4-byte connection header; `ephemeral` is for tests only. */
export interface NoiseResponderOptions {
  staticKeyPair: KeyPair;
  prologue: Uint8Array;
  ephemeral?: KeyPair;
}

/**
 * WhatsApp's server side of a connection: `answerHello`, `readFinish`, then `transport`. The other three methods
 * are the same without WhatsApp's protobuf. Everything throws `NoiseError` for what the client does wrong.
 */
export class NoiseResponder {
  readonly #handshake: HandshakeState;
  #transport: Transport | undefined;

  constructor(options: NoiseResponderOptions) {
    this.#handshake = new HandshakeState({ ...options, isInitiator: false });
  }

  /** The frame that answers the client's first frame; `payload` is the certificate chain. */
  answerHello(frame: Uint8Array, payload: Uint8Array): Uint8Array {
    const { ephemeral } = decodeHandshakeMessage('clientHello', frame);
    if (!ephemeral) throw new NoiseError('the client hello lacks a key');
    this.readClientHello(ephemeral);
    return encodeHandshakeMessage('serverHello', this.serverHello(payload));
  }

  /** Reads the client's second frame, which ends the handshake. */
  readFinish(frame: Uint8Array): ClientFinish {
    return this.readClientFinish(decodeHandshakeMessage('clientFinish', frame));
  }

  // WhatsApp leaves the payload step of the first message out, where Noise would hash an empty payload.
  readClientHello(ephemeral: Uint8Array): void {
    this.#handshake.read({ ephemeral });
  }

  serverHello(payload: Uint8Array): ServerHello {
    const { ephemeral, static: staticKey, payload: encrypted } = this.#handshake.write(payload);
    return { ephemeral: present(ephemeral), static: present(staticKey), payload: present(encrypted) };
  }

  readClientFinish(parts: {
    static?: Uint8Array | undefined;
    payload?: Uint8Array | undefined;
  }): ClientFinish {
    if (!parts.payload) throw new NoiseError('the client finish lacks a payload');
    const payload = this.#handshake.read(parts);
    const { fromInitiator, fromResponder } = this.#handshake.split();
    this.#transport = {
      encrypt: (plaintext) => fromResponder.encrypt(plaintext),
      decrypt: (ciphertext) => fromInitiator.decrypt(ciphertext),
    };
    return { clientStatic: present(this.#handshake.theirStatic), payload };
  }

  /** The encrypted link; throws `NoiseError` before the handshake's end. */
  get transport(): Transport {
    return present(this.#transport);
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new NoiseError('the handshake is not complete');
  return value;
}
