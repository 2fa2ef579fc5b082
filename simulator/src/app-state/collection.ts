import { putAppState, readAppState } from '../media/blob.ts';
import type { MediaStore } from '../media/media-store.ts';
import { proto } from '../stanza/codec.ts';
import { changeLtHash, emptyLtHash } from './lt-hash.ts';
import type { LtHash } from './lt-hash.ts';

/** One change as everybody sees it, without the key: MACs of what it is about and of its encrypted value. */
export interface SealedMutation {
  readonly isRemoval: boolean;
  readonly indexMac: Uint8Array;
  readonly valueMac: Uint8Array;
}

/** All that is set at a version, as a file on the media host: bytes of an `ExternalBlobReference`. */
export interface Snapshot {
  readonly version: number;
  readonly reference: Uint8Array;
}

interface Patch {
  readonly encoded: Uint8Array;
  /** Also those that are on the media host. */
  readonly mutations: readonly proto.ISyncdMutation[];
}

/** One of the shared settings' collections: all patches so far, and the hash over what is set now. */
export class Collection {
  readonly name: string;
  readonly #patches: Patch[] = [];
  readonly #records = new Map<string, proto.ISyncdRecord>();
  #hash: LtHash = emptyLtHash;
  #snapshot: Snapshot | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** How many patches there have been. */
  get version(): number {
    return this.#patches.length;
  }

  /** Every change so far, oldest first. */
  get mutations(): proto.ISyncdMutation[] {
    return this.#patches.flatMap(({ mutations }) => mutations);
  }

  /** The encoded patches that lead from a version to later ones, oldest first; each says which version it makes. */
  after(version: number): Uint8Array[] {
    return this.#patches.slice(version).map(({ encoded }) => encoded);
  }

  /** The hash that the next patch must vouch for if it makes these changes. */
  hashAfter(mutations: readonly SealedMutation[]): LtHash {
    const valueMacs = new Map([...this.#records].map(([key, record]) => [key, valueMacOf(record)]));
    return hashAfter(valueMacs, this.#hash, mutations);
  }

  /** Adds an encoded patch; the store has the changes that are not in it. Throws when it is no patch. */
  append(encoded: Uint8Array, store?: MediaStore): void {
    const patch = proto.SyncdPatch.decode(encoded);
    const mutations = [...patch.mutations, ...externalMutations(patch, store)];
    this.#hash = this.hashAfter(mutations.map(sealedMutation));
    for (const { operation, record } of mutations) {
      const key = keyOf(record?.index?.blob ?? new Uint8Array());
      if (operation === REMOVE) this.#records.delete(key);
      else if (record) this.#records.set(key, record);
    }
    // What a device uploads does not name its version; the server writes it in.
    patch.version = { version: this.version + 1 };
    this.#patches.push({ encoded: proto.SyncdPatch.encode(patch).finish(), mutations });
  }

  /**
   * A snapshot that so many patches may follow, put on the media host unless there is one. It is vouched for by the patch
   * that made its version: the server has no keys. Undefined while there are no patches.
   */
  snapshot(store: MediaStore, patchesMax: number): Snapshot | undefined {
    const { version } = this;
    const last = this.#patches.at(-1);
    if (!last) return undefined;
    if (this.#snapshot && version - this.#snapshot.version <= patchesMax) return this.#snapshot;
    const { snapshotMac, keyId } = proto.SyncdPatch.decode(last.encoded);
    const records = [...this.#records.values()];
    const bytes = proto.SyncdSnapshot.encode({
      version: { version },
      records,
      mac: snapshotMac ?? null,
      keyId: keyId ?? null,
    }).finish();
    const reference = proto.ExternalBlobReference.encode(putAppState(store, bytes)).finish();
    this.#snapshot = { version, reference };
    return this.#snapshot;
  }
}

const { REMOVE } = proto.SyncdMutation.SyncdOperation;

function externalMutations({ externalMutations: reference }: proto.SyncdPatch, store?: MediaStore) {
  if (!reference) return [];
  if (!store) throw new RangeError('the changes are on a media host that is not there');
  return proto.SyncdMutations.decode(readAppState(store, reference)).mutations;
}

function hashAfter(
  valueMacs: Map<string, Uint8Array>,
  hash: LtHash,
  mutations: readonly SealedMutation[],
): LtHash {
  const [out, into]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const { isRemoval, indexMac, valueMac } of mutations) {
    const key = keyOf(indexMac);
    const old = valueMacs.get(key);
    if (old) out.push(old);
    if (isRemoval) valueMacs.delete(key);
    else {
      into.push(valueMac);
      valueMacs.set(key, valueMac);
    }
  }
  return changeLtHash(hash, { out, into });
}

function sealedMutation({ operation, record }: proto.ISyncdMutation): SealedMutation {
  const indexMac = record?.index?.blob;
  if (!indexMac || !record.value?.blob) throw new RangeError('a mutation lacks its index or its value');
  return { isRemoval: operation === REMOVE, indexMac, valueMac: valueMacOf(record) };
}

/** The end of an encrypted value. */
function valueMacOf({ value }: proto.ISyncdRecord): Uint8Array {
  return (value?.blob ?? new Uint8Array()).slice(-32);
}

function keyOf(indexMac: Uint8Array): string {
  return Buffer.from(indexMac).toString('base64');
}
