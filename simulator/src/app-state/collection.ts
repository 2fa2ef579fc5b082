import { proto } from '../stanza/codec.ts';
import { changeLtHash, emptyLtHash } from './lt-hash.ts';
import type { LtHash } from './lt-hash.ts';

/** One change as everybody sees it, without the key: MACs of what it is about and of its encrypted value. */
export interface SealedMutation {
  readonly isRemoval: boolean;
  readonly indexMac: Uint8Array;
  readonly valueMac: Uint8Array;
}

/** One of the shared settings' collections: all patches so far, and the hash over what is set now. */
export class Collection {
  readonly name: string;
  readonly #patches: Uint8Array[] = [];
  readonly #valueMacs = new Map<string, Uint8Array>();
  #hash: LtHash = emptyLtHash;

  constructor(name: string) {
    this.name = name;
  }

  /** How many patches there have been. */
  get version(): number {
    return this.#patches.length;
  }

  /** The encoded patches that lead from a version to later ones, oldest first; each says which version it makes. */
  after(version: number): Uint8Array[] {
    return this.#patches.slice(version);
  }

  /** The hash that the next patch must vouch for if it makes these changes. */
  hashAfter(mutations: readonly SealedMutation[]): LtHash {
    const valueMacs = new Map(this.#valueMacs);
    return apply(valueMacs, this.#hash, mutations);
  }

  /** Adds an encoded patch. Throws when it is no patch. */
  append(encoded: Uint8Array): void {
    const patch = proto.SyncdPatch.decode(encoded);
    this.#hash = apply(this.#valueMacs, this.#hash, patch.mutations.map(sealedMutation));
    // What a device uploads does not name its version; the server writes it in.
    patch.version = { version: this.version + 1 };
    this.#patches.push(proto.SyncdPatch.encode(patch).finish());
  }
}

function apply(
  valueMacs: Map<string, Uint8Array>,
  hash: LtHash,
  mutations: readonly SealedMutation[],
): LtHash {
  const [out, into]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const { isRemoval, indexMac, valueMac } of mutations) {
    const key = Buffer.from(indexMac).toString('base64');
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
  const value = record?.value?.blob;
  if (!indexMac || !value) throw new RangeError('a mutation lacks its index or its value');
  return {
    isRemoval: operation === proto.SyncdMutation.SyncdOperation.REMOVE,
    indexMac,
    valueMac: value.slice(-32),
  };
}
