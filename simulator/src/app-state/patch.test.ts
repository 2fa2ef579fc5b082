import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePatches, newLTHashState } from 'baileys';
import { MediaStore } from '../media/media-store.ts';
import { proto } from '../stanza/codec.ts';
import { Collection } from './collection.ts';
import { decodeMutations, encodePatch } from './patch.ts';
import type { Mutation } from './patch.ts';
import { createSyncKey } from './sync-key.ts';

const key = createSyncKey();

test('Baileys, with all MACs checked, reads our patches: sets, changes and removals', async () => {
  const collection = new Collection('regular');
  for (const changes of [
    [label('1', 'red'), label('2', 'blue')],
    [label('1', 'green')],
    [{ ...label('2', 'blue'), isRemoval: true }, label('3', 'grey')],
  ])
    collection.append(encodePatch(collection, changes, key));

  const { warnings, state, names } = await read(collection);

  assert.deepEqual(warnings, []);
  assert.equal(state.version, 3);
  assert.deepEqual([Object.keys(state.indexValueMap).length, names], [2, ['green', 'blue', 'grey']]);
  assert.deepEqual(new Uint8Array(state.hash), collection.hashAfter([]));
});

test('a patch under a wrong key or with a changed value is noticed', () => {
  const collection = new Collection('regular');
  const patch = encodePatch(collection, [label('1', 'red')], key);
  const { mutations } = proto.SyncdPatch.decode(patch);
  assert.deepEqual(decodeMutations(mutations, [key])[0]?.index, ['label_edit', '1']);
  assert.throws(() => decodeMutations(mutations, [createSyncKey()]), RangeError);

  const blob = mutations[0]?.record?.value?.blob;
  assert.ok(blob);
  blob[20] = (blob[20] ?? 0) ^ 1;
  assert.throws(() => decodeMutations(mutations, [key]), RangeError);
});

test('a patch whose changes are on a media host is no patch without that host', () => {
  const collection = new Collection('regular');
  const store = new MediaStore();
  const patch = encodePatch(collection, [label('1', 'red')], key, store);
  assert.throws(() => collection.append(patch), RangeError);
  store.expire(store.files[0]?.directPath ?? '');
  assert.throws(() => collection.append(patch, store), { code: 'media_expired' });
  store.restore(store.files[0]?.directPath ?? '');
  collection.append(patch, store);
  assert.deepEqual(decodeMutations(collection.mutations, [key])[0]?.index, ['label_edit', '1']);
});

test('a collection that nobody has changed has no snapshot', () => {
  const store = new MediaStore();
  assert.equal(new Collection('regular').snapshot(store, 0), undefined);
  assert.deepEqual(store.files, []);
});

test('what is no patch is refused and changes nothing', () => {
  const collection = new Collection('regular');
  const empty = proto.SyncdPatch.encode({
    mutations: [{ operation: proto.SyncdMutation.SyncdOperation.SET }],
  }).finish();
  assert.throws(() => collection.append(empty));
  assert.throws(() => collection.append(Uint8Array.of(255, 255)));
  assert.equal(collection.version, 0);
});

function label(id: string, name: string): Mutation {
  return { index: ['label_edit', id], value: { timestamp: 1, labelEditAction: { name } }, version: 3 };
}

async function read(collection: Collection) {
  const warnings: unknown[] = [];
  const logger = {
    level: 'warn',
    child: () => logger,
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: (told: unknown) => void warnings.push(told),
    error: nothing,
  };
  const { state, mutationMap } = await decodePatches(
    'regular',
    collection.after(0).map((patch) => proto.SyncdPatch.decode(patch)),
    newLTHashState(),
    async () => proto.Message.AppStateSyncKeyData.create({ keyData: key.secret }),
    {},
    undefined,
    logger,
    true,
  );
  const actions = Object.values(mutationMap).map(({ syncAction }) => syncAction.value?.labelEditAction?.name);
  return { warnings, state, names: actions };
}

function nothing(): void {
  // What Baileys tells below a warning is not looked at.
}
