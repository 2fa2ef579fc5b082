import { decodeSyncdMutations, newLTHashState, proto, type BinaryNode, type LTHashState } from 'baileys';
import type { AppStateChange } from '../events/translation.ts';
import type { Blobs } from '../media/blobs.ts';
import { changesInSnapshot, type FindKey } from './app-state-snapshot.ts';
import { childrenOf } from './message-parts.ts';

/** More patches than one answer has; a collection whose version never moves must not collect for ever. */
const patchesMax = 2000;

/**
 * The changes of what the own devices share, from the answers of the server. Baileys stores a collection's new version
 * first and tells its changes afterwards; a crash in between would lose them for good. So the answers are kept here
 * until the version is about to be stored, and the changes go with it in one unit of work.
 *
 * A snapshot comes in place of the patches that led to it: in the first answer, and when Baileys could not read one of
 * them. Then the changes are what it has and the version before had not.
 */
export class AppStateChanges {
  readonly #blobs: Pick<Blobs, 'read'>;
  readonly #linkedAt: number;
  readonly #patches = new Map<string, proto.SyncdPatch[]>();
  readonly #snapshots = new Map<string, proto.ExternalBlobReference>();

  /** `linkedAt`: milliseconds since 1970; what a first snapshot has from before is no news. */
  constructor({ blobs, linkedAt }: { readonly blobs: Pick<Blobs, 'read'>; readonly linkedAt: number }) {
    this.#blobs = blobs;
    this.#linkedAt = linkedAt;
  }

  /** Sees every stanza of the connection; keeps the patches and snapshots of `<iq><sync><collection>`, as Baileys reads them. */
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
    const changes: AppStateChange[] = [];
    let from = before?.version ?? 0;
    const snapshot = await this.#snapshotOf(name);
    if (snapshot !== null && versionOf(snapshot) > from && versionOf(snapshot) <= after.version) {
      const since = before === undefined || from === 0 ? this.#linkedAt : 0;
      changes.push(...(await changesInSnapshot(name, snapshot, { before, since, findKey })));
      from = versionOf(snapshot);
    }
    const patches = (this.#patches.get(name) ?? []).filter((patch) => {
      const version = versionOf(patch);
      return version > from && version <= after.version;
    });
    for (const patch of patches) changes.push(...(await this.#changesOf(name, patch, findKey)));
    // The next ones start here; what is newer stays.
    this.#snapshots.delete(name);
    this.#patches.set(
      name,
      (this.#patches.get(name) ?? []).filter((patch) => versionOf(patch) > after.version),
    );
    return changes;
  }

  #keep(collection: BinaryNode): void {
    const name = collection.attrs['name'] ?? '';
    const nodes = childrenOf(collection);
    this.#keepSnapshot(name, nodes.find(({ tag }) => tag === 'snapshot')?.content);
    const patches = childrenOf(nodes.find(({ tag }) => tag === 'patches') ?? collection)
      .filter(({ tag, content }) => tag === 'patch' && content instanceof Uint8Array)
      .map(({ content }) => readPatch(content as Uint8Array, collection))
      .filter((patch) => patch !== null);
    if (patches.length === 0) return;
    const versions = new Set(patches.map(versionOf));
    const older = (this.#patches.get(name) ?? []).filter((patch) => !versions.has(versionOf(patch)));
    this.#patches.set(name, [...older, ...patches].slice(-patchesMax));
  }

  #keepSnapshot(name: string, content: BinaryNode['content']): void {
    try {
      if (content instanceof Uint8Array)
        this.#snapshots.set(name, proto.ExternalBlobReference.decode(content));
    } catch {
      // Baileys refuses the same answer and asks again.
    }
  }

  async #snapshotOf(name: string): Promise<proto.SyncdSnapshot | null> {
    const reference = this.#snapshots.get(name);
    return reference === undefined
      ? null
      : proto.SyncdSnapshot.decode(await this.#blobs.read(reference, 'App State'));
  }

  async #changesOf(collection: string, patch: proto.SyncdPatch, findKey: FindKey): Promise<AppStateChange[]> {
    const version = versionOf(patch);
    const { externalMutations } = patch;
    const external = externalMutations
      ? proto.SyncdMutations.decode(await this.#blobs.read(externalMutations, 'App State')).mutations
      : [];
    const changes: AppStateChange[] = [];
    for (const mutation of [...patch.mutations, ...external]) {
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

function versionOf({ version }: proto.SyncdPatch | proto.SyncdSnapshot): number {
  return Number(version?.version ?? 0);
}
