import { createRequire } from 'node:module';
import { Curve, generateSignalPubKey, signedKeyPair, type KeyPair } from 'baileys';

/** What npm libsignal offers, as far as tests need it. Its own types are not exact. */
interface Libsignal {
  readonly ProtocolAddress: new (name: string, device: number) => object;
  readonly SessionBuilder: new (
    storage: object,
    address: object,
  ) => { initOutgoing(bundle: object): Promise<void> };
  readonly SessionCipher: new (storage: object, address: object) => Cipher;
}

interface Cipher {
  encrypt(data: Buffer): Promise<{ type: number; body: Buffer }>;
  decryptPreKeyWhisperMessage(data: Buffer): Promise<Buffer>;
  decryptWhisperMessage(data: Buffer): Promise<Buffer>;
}

interface SessionRecord {
  serialize(): object;
}

export interface Ciphertext {
  readonly type: 'pkmsg' | 'msg';
  readonly bytes: Buffer;
}

/** libsignal as Baileys gets it. */
export const libsignal = createRequire(import.meta.url)('libsignal') as Libsignal & {
  readonly SessionRecord: { deserialize(data: object): SessionRecord };
};

let names = 0;

/** A device of npm libsignal that knows one other device. Sessions are stored serialised, as Baileys does. */
export class LibsignalDevice {
  readonly #identity = Curve.generateKeyPair();
  readonly #signedPreKey = signedKeyPair(this.#identity, 3);
  readonly #preKey = Curve.generateKeyPair();
  readonly #sessions = new Map<string, object>();
  // libsignal has one queue per address for the whole process.
  readonly #address = new libsignal.ProtocolAddress(`other${++names}`, 0);
  readonly #cipher = new libsignal.SessionCipher(this.#storage(), this.#address);

  bundle() {
    return {
      registrationId: 4711,
      identityKey: typed(this.#identity.public),
      signedPreKey: {
        keyId: 3,
        publicKey: typed(this.#signedPreKey.keyPair.public),
        signature: Buffer.from(this.#signedPreKey.signature),
      },
      preKey: { keyId: 9, publicKey: typed(this.#preKey.public) },
    };
  }

  async start(bundle: ReturnType<LibsignalDevice['bundle']>): Promise<void> {
    await new libsignal.SessionBuilder(this.#storage(), this.#address).initOutgoing(bundle);
  }

  async encrypt(text: string): Promise<Ciphertext> {
    const { type, body } = await this.#cipher.encrypt(Buffer.from(text));
    return { type: type === 3 ? 'pkmsg' : 'msg', bytes: Buffer.from(body) };
  }

  async decrypt({ type, bytes }: Ciphertext): Promise<string> {
    const plaintext =
      type === 'pkmsg'
        ? await this.#cipher.decryptPreKeyWhisperMessage(bytes)
        : await this.#cipher.decryptWhisperMessage(bytes);
    return plaintext.toString();
  }

  #storage(): object {
    return {
      loadSession: async (id: string) => {
        const session = this.#sessions.get(id);
        return session && libsignal.SessionRecord.deserialize(session);
      },
      storeSession: async (id: string, record: SessionRecord) => {
        this.#sessions.set(id, record.serialize());
      },
      isTrustedIdentity: () => true,
      loadPreKey: async (id: number) => (id === 9 ? pair(this.#preKey) : undefined),
      removePreKey: () => undefined,
      loadSignedPreKey: () => pair(this.#signedPreKey.keyPair),
      getOurRegistrationId: () => 4711,
      getOurIdentity: () => pair(this.#identity),
    };
  }
}

function pair({ public: publicKey, private: privateKey }: KeyPair) {
  return { pubKey: typed(publicKey), privKey: Buffer.from(privateKey) };
}

function typed(publicKey: Uint8Array): Buffer {
  return Buffer.from(generateSignalPubKey(publicKey));
}
