import type { Collection } from '../app-state/collection.ts';
import { tellOthers } from '../app-state/app-state.ts';
import type { Stanza } from '../stanza/codec.ts';
import { bytesOf, child, children, node } from '../stanza/node.ts';
import { QueryError } from './query.ts';
import type { Query } from './query.ts';

/** So many patches of a collection come in one answer; a client asks again for the rest. */
const patchesMax = 100;

/**
 * `w:sync:app:state`: settings that devices share. A collection with a `<patch>` takes it, if the client has all before
 * it; otherwise, as for one without, the answer has the patches after the client's version. There are no snapshots.
 */
export function answerAppState(query: Query): Stanza[] {
  const { companion } = query;
  if (!companion) throw new QueryError(401, 'not-authorized');
  const answers = children(child(query.iq, 'sync'), 'collection').map((asked) => {
    const collection = companion.account.appState.collection(asked.attrs['name'] ?? '');
    const version = Number(asked.attrs['version'] ?? 0);
    const patch = bytesOf(child(asked, 'patch') ?? child(child(asked, 'patches'), 'patch'));
    if (!patch) return patchesSince(collection, version);
    if (version !== collection.version) return conflict(collection, version);
    take(collection, patch);
    query.afterwards(() => tellOthers(query.network, companion, collection));
    return node('collection', { name: collection.name, version: String(collection.version) });
  });
  return [node('sync', {}, answers)];
}

function patchesSince(collection: Collection, version: number): Stanza {
  const all = collection.after(version);
  const patches = all.slice(0, patchesMax).map((patch) => node('patch', {}, patch));
  const attributes = {
    name: collection.name,
    version: String(version + patches.length),
    has_more_patches: all.length > patchesMax ? 'true' : undefined,
  };
  return node('collection', attributes, patches.length === 0 ? undefined : [node('patches', {}, patches)]);
}

function conflict(collection: Collection, version: number): Stanza {
  const { tag, attrs, content } = patchesSince(collection, version);
  const error = node('error', { code: '409', text: 'conflict' });
  return node(tag, { ...attrs, type: 'error' }, [error, ...(Array.isArray(content) ? content : [])]);
}

function take(collection: Collection, patch: Uint8Array): void {
  try {
    collection.append(patch);
  } catch {
    throw new QueryError(400, 'bad-request');
  }
}
