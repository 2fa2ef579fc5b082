import { SenderKeyRecord } from 'baileys/lib/Signal/Group/sender-key-record.js';

interface Bytes {
  readonly type: 'Buffer';
  /** Base64; an array of numbers in what unmended Baileys has stored. */
  readonly data: string | readonly number[];
}

/** Keys of one sender in a group, as Baileys holds them (`B` is Buffer) and as they are stored. */
interface State<B> {
  readonly senderKeyId: number;
  readonly senderChainKey: { readonly iteration: number; readonly seed: B };
  readonly senderSigningKey: { readonly public: B; readonly private?: B };
  readonly senderMessageKeys: readonly { readonly iteration: number; readonly seed: B }[];
}

/**
 * Mends how Baileys stores the keys of a group's senders; call it before a connection opens.
 *
 * - It writes bytes as arrays of numbers and does not turn them into bytes again when it reads. Keys of messages that
 *   were overtaken are refused by libsignal then ("Expected Buffer"), and those messages cannot be decrypted.
 * - Its reader asks for each part, and so for each number, whether it stands for bytes.
 */
export function mendSenderKeys(): void {
  const record = SenderKeyRecord as unknown as Record;
  record.prototype.serialize = serialize;
  record.deserialize = (stored) => {
    const states = JSON.parse(Buffer.from(stored).toString()) as readonly State<Bytes>[];
    return new record(states.map((state) => mapBytes(state, toBuffer)));
  };
}

/** What Baileys calls by these names; its own types have the stored form as bytes. */
interface Record {
  new (states: readonly State<Buffer>[]): unknown;
  readonly prototype: { serialize: typeof serialize };
  deserialize(stored: Uint8Array): unknown;
}

function serialize(this: {
  readonly senderKeyStates: readonly { getStructure(): State<Uint8Array> }[];
}): State<Bytes>[] {
  return this.senderKeyStates.map((state) => mapBytes(state.getStructure(), toStored));
}

function mapBytes<From, To>(state: State<From>, map: (bytes: From) => To): State<To> {
  const { senderKeyId, senderChainKey, senderSigningKey, senderMessageKeys } = state;
  const { public: publicKey, private: privateKey } = senderSigningKey;
  return {
    senderKeyId,
    senderChainKey: { iteration: senderChainKey.iteration, seed: map(senderChainKey.seed) },
    senderSigningKey: {
      public: map(publicKey),
      ...(privateKey === undefined ? {} : { private: map(privateKey) }),
    },
    senderMessageKeys: senderMessageKeys.map(({ iteration, seed }) => ({ iteration, seed: map(seed) })),
  };
}

function toStored(bytes: Uint8Array): Bytes {
  return { type: 'Buffer', data: Buffer.from(bytes).toString('base64') };
}

function toBuffer({ data }: Bytes): Buffer {
  return typeof data === 'string' ? Buffer.from(data, 'base64') : Buffer.from(data);
}
