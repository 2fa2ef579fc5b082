import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { putAppState } from '../media/blob.ts';
import type { MediaStore } from '../media/media-store.ts';
import { hmac } from '../signal/index.ts';
import { proto } from '../stanza/codec.ts';
import { bigEndian } from '../stanza/node.ts';
import type { Collection, SealedMutation } from './collection.ts';
import { deriveMutationKeys } from './sync-key.ts';
import type { MutationKeys, SyncKey } from './sync-key.ts';

/** One change of a shared setting. */
export interface Mutation {
  /** What it is about, such as `['archive', '123@lid']`. */
  readonly index: readonly string[];
  readonly value: proto.ISyncActionValue;
  /** The version of this kind of setting, as apps write it. */
  readonly version: number;
  /** Takes the setting away instead of setting it. */
  readonly isRemoval?: boolean;
}

interface EncryptedMutation extends SealedMutation {
  readonly ciphertext: Uint8Array;
}

const { SET, REMOVE } = proto.SyncdMutation.SyncdOperation;

/**
 * The next patch of a collection with these changes, encrypted and with its MACs: bytes of a `SyncdPatch`. With a store the
 * changes are a file on the media host, as handsets do it with many.
 */
export function encodePatch(
  collection: Collection,
  mutations: readonly Mutation[],
  syncKey: SyncKey,
  store?: MediaStore,
): Uint8Array {
  const keys = deriveMutationKeys(syncKey);
  const encrypted = mutations.map((mutation) => encrypt(mutation, syncKey, keys));
  const where = [bigEndian(collection.version + 1, 8), Buffer.from(collection.name)];
  const snapshotMac = hmac(keys.snapshotMac, collection.hashAfter(encrypted), ...where);
  const valueMacs = encrypted.map(({ valueMac }) => valueMac);
  const keyId = { id: syncKey.id };
  const sealed = encrypted.map(({ isRemoval, indexMac, valueMac, ciphertext }) => ({
    operation: isRemoval ? REMOVE : SET,
    record: { index: { blob: indexMac }, value: { blob: Buffer.concat([ciphertext, valueMac]) }, keyId },
  }));
  const external = store && proto.SyncdMutations.encode({ mutations: sealed }).finish();
  return proto.SyncdPatch.encode({
    version: { version: collection.version + 1 },
    ...(external ? { externalMutations: putAppState(store, external) } : { mutations: sealed }),
    snapshotMac,
    patchMac: hmac(keys.patchMac, snapshotMac, ...valueMacs, ...where),
    keyId,
  }).finish();
}

/** What the mutations change. Throws when a value's MAC is wrong, or when it is encrypted under none of the keys. */
export function decodeMutations(
  mutations: readonly proto.ISyncdMutation[],
  syncKeys: readonly SyncKey[],
): Mutation[] {
  return mutations.map(({ operation, record }) => {
    const blob = record?.value?.blob ?? new Uint8Array();
    const [ciphertext, mac] = [blob.slice(0, -32), blob.slice(-32)];
    const isRemoval = operation === REMOVE;
    const { id } = record?.keyId ?? {};
    const syncKey = syncKeys.find((each) => id && Buffer.from(each.id).equals(id));
    if (!syncKey) throw new RangeError('a mutation is encrypted under a key that is not known');
    const keys = deriveMutationKeys(syncKey);
    if (!Buffer.from(mac).equals(valueMacOf(isRemoval, syncKey.id, ciphertext, keys)))
      throw new RangeError('the MAC of a mutation is wrong');
    const data = proto.SyncActionData.decode(decryptValue(ciphertext, keys.valueEncryption));
    const index = JSON.parse(Buffer.from(data.index ?? []).toString()) as string[];
    return { index, value: data.value ?? {}, version: data.version ?? 0, isRemoval };
  });
}

function encrypt(mutation: Mutation, { id }: SyncKey, keys: MutationKeys): EncryptedMutation {
  const { value, version, isRemoval = false } = mutation;
  const index = Buffer.from(JSON.stringify(mutation.index));
  const data = proto.SyncActionData.encode({ index, value, padding: new Uint8Array(), version }).finish();
  const ciphertext = encryptValue(data, keys.valueEncryption);
  const valueMac = valueMacOf(isRemoval, id, ciphertext, keys);
  return { isRemoval, indexMac: hmac(keys.index, index), valueMac, ciphertext };
}

function valueMacOf(
  isRemoval: boolean,
  keyId: Uint8Array,
  ciphertext: Uint8Array,
  { valueMac }: MutationKeys,
): Uint8Array {
  const associated = Uint8Array.of(isRemoval ? 2 : 1, ...keyId);
  const mac = createHmac('sha512', valueMac).update(associated).update(ciphertext);
  return mac.update(bigEndian(associated.length, 8)).digest().subarray(0, 32);
}

function encryptValue(data: Uint8Array, key: Uint8Array): Uint8Array {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  return Buffer.concat([iv, cipher.update(data), cipher.final()]);
}

function decryptValue(encrypted: Uint8Array, key: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-cbc', key, encrypted.slice(0, 16));
  return Buffer.concat([decipher.update(encrypted.slice(16)), decipher.final()]);
}
