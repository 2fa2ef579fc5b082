import {
  decodeSyncdMutations,
  downloadExternalPatch,
  newLTHashState,
  proto,
  type BinaryNode,
  type LTHashState,
} from 'baileys';
import type { AppStateChange } from '../events/translation.ts';
import { childrenOf } from './message-parts.ts';

type FindKey = (keyId: string) => Promise<proto.Message.IAppStateSyncKeyData | null | undefined>;

/** More patches than one answer has; a collection whose version never moves must not collect for ever. */
const patchesMax = 2000;

/**
 * The changes of what the own devices share, from the answers of the server. Baileys stores a collection's new version
 * first and tells its changes afterwards; a crash in between would lose them for good. So the answers are kept here
 * until the version is about to be stored, and the changes go with it in one unit of work.
 *
 * A snapshot is a state, not changes: nothing is told of it.
 */
export class AppStateChanges {
  readonly #patches = new Map<string, proto.SyncdPatch[]>();

  /** Sees every stanza of the connection; keeps the patches of `<iq><sync><collection>`, as Baileys reads them. */
  take(stanza: BinaryNode): void {
    if (stanza.tag !== 'iq') return;
    const sync = childrenOf(stanza).find(({ tag }) => tag === 'sync');
    for (const collection of sync === undefined ? [] : childrenOf(sync)) this.#keep(collection);
  }

  /**
   * The changes that lead a collection from one version to another, oldest first.
   *
   * @throws Error when a key is missing or a part that is stored elsewhere cannot be fetched: then the version must not
   *   be stored either, and Baileys asks again.
   */
  async between(
    name: string,
    before: LTHashState | undefined,
    after: LTHashState,
    findKey: FindKey,
  ): Promise<AppStateChange[]> {
    const from = before?.version ?? 0;
    const patches = (this.#patches.get(name) ?? []).filter((patch) => {
      const version = versionOf(patch);
      return version > from && version <= after.version;
    });
    const changes: AppStateChange[] = [];
    for (const patch of patches) changes.push(...(await changesOf(name, patch, findKey)));
    // The next ones start here; what is newer stays.
    this.#patches.set(
      name,
      (this.#patches.get(name) ?? []).filter((patch) => versionOf(patch) > after.version),
    );
    return changes;
  }

  #keep(collection: BinaryNode): void {
    const name = collection.attrs['name'] ?? '';
    const nodes = childrenOf(collection);
    const patches = childrenOf(nodes.find(({ tag }) => tag === 'patches') ?? collection)
      .filter(({ tag, content }) => tag === 'patch' && content instanceof Uint8Array)
      .map(({ content }) => readPatch(content as Uint8Array, collection))
      .filter((patch) => patch !== null);
    if (patches.length === 0) return;
    this.#patches.set(name, [...(this.#patches.get(name) ?? []), ...patches].slice(-patchesMax));
  }
}

/** null for bytes that are no patch: Baileys refuses the same answer and asks again. */
function readPatch(bytes: Uint8Array, collection: BinaryNode): proto.SyncdPatch | null {
  try {
    const patch = proto.SyncdPatch.decode(bytes);
    // As Baileys' `extractSyncdPatches` has it.
    patch.version ??= proto.SyncdVersion.create({ version: Number(collection.attrs['version']) + 1 });
    return patch;
  } catch {
    return null;
  }
}

function versionOf(patch: proto.SyncdPatch): number {
  return Number(patch.version?.version ?? 0);
}

async function changesOf(
  collection: string,
  patch: proto.SyncdPatch,
  findKey: FindKey,
): Promise<AppStateChange[]> {
  const version = versionOf(patch);
  const external = patch.externalMutations ? await downloadExternalPatch(patch.externalMutations, {}) : null;
  const changes: AppStateChange[] = [];
  for (const mutation of [...patch.mutations, ...(external?.mutations ?? [])]) {
    const isRemoval = mutation.operation === proto.SyncdMutation.SyncdOperation.REMOVE;
    await decodeSyncdMutations(
      [mutation],
      newLTHashState(),
      findKey,
      ({ index }) =>
        changes.push({
          collection,
          version,
          index: (index as unknown[]).map(String),
          operation: isRemoval ? 'remove' : 'set',
        }),
      false,
    );
  }
  return changes;
}
