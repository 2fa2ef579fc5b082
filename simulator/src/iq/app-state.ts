import type { Collection, Snapshot } from '../app-state/collection.ts';
import { tellOthers } from '../app-state/app-state.ts';
import type { Stanza } from '../stanza/codec.ts';
import { bytesOf, child, children, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** So many patches of a collection come in one answer; a client asks again for the rest. */
const patchesMax = 100;

/**
 * `w:sync:app:state`: settings that devices share. A collection with a `<patch>` takes it, if the client has all before
 * it; otherwise, as for one without, the answer has the patches after the client's version. With `return_snapshot` it may
 * have a snapshot before them.
 */
export function answerAppState(query: Query): Stanza[] {
  const { companion, network } = query;
  if (!companion) throw new QueryError(401, 'not-authorized');
  const answers = children(child(query.iq, 'sync'), 'collection').map((asked) => {
    const collection = companion.account.appState.collection(asked.attrs['name'] ?? '');
    const version = Number(asked.attrs['version'] ?? 0);
    const patch = bytesOf(child(asked, 'patch') ?? child(child(asked, 'patches'), 'patch'));
    if (!patch) return newsOf(collection, version, snapshotFor(asked, collection, query));
    if (version !== collection.version) return conflict(collection, version);
    take(collection, patch, query);
    query.afterwards(() => tellOthers(network, companion, collection));
    return node('collection', { name: collection.name, version: String(collection.version) });
  });
  return [node('sync', {}, answers)];
}

/** For a client that has nothing of a long past, and for one whose own state is broken: it has a version, and asks for one. */
function snapshotFor(asked: Stanza, collection: Collection, { companion, network }: Query) {
  if (asked.attrs['return_snapshot'] !== 'true' || !companion) return undefined;
  const { snapshotAfter } = companion.account.appState;
  const isBroken = Number(asked.attrs['version'] ?? 0) > 0;
  if (isBroken) return collection.snapshot(network.media, 0);
  return collection.version > snapshotAfter ? collection.snapshot(network.media, snapshotAfter) : undefined;
}

function newsOf(collection: Collection, version: number, snapshot?: Snapshot): Stanza {
  const from = snapshot?.version ?? version;
  const all = collection.after(from);
  const patches = all.slice(0, patchesMax).map((patch) => node('patch', {}, patch));
  const attributes = {
    name: collection.name,
    version: String(from + patches.length),
    has_more_patches: all.length > patchesMax ? 'true' : undefined,
  };
  const parts = [
    ...(snapshot ? [node('snapshot', {}, snapshot.reference)] : []),
    ...(patches.length > 0 ? [node('patches', {}, patches)] : []),
  ];
  return node('collection', attributes, parts.length === 0 ? undefined : parts);
}

function conflict(collection: Collection, version: number): Stanza {
  const { tag, attrs, content } = newsOf(collection, version);
  const error = node('error', { code: '409', text: 'conflict' });
  return node(tag, { ...attrs, type: 'error' }, [error, ...(Array.isArray(content) ? content : [])]);
}

function take(collection: Collection, patch: Uint8Array, { network }: Query): void {
  try {
    collection.append(patch, network.media);
  } catch {
    throw new QueryError(400, 'bad-request');
  }
}
