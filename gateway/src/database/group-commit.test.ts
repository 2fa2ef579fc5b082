import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../testing/until.ts';
import { DataError, StoreFailure } from './database.ts';
import { GroupCommit, type Unit, type UnitResult } from './group-commit.ts';
import { sql } from './sql.ts';

/** A store that writes a batch when the test says so. */
function heldStore() {
  const batches: {
    units: readonly Unit[];
    end: (results: UnitResult[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const write = (units: readonly Unit[]) =>
    new Promise<UnitResult[]>((end, fail) => batches.push({ units, end, fail }));
  return { batches, commits: new GroupCommit({ write }) };
}

const unit = (size = 0): Unit => [sql`select ${new Uint8Array(size)}`];

test('what is staged in one turn goes together, and what is staged meanwhile forms the next batch', async () => {
  const { batches, commits } = heldStore();
  const first = [commits.commit(unit()), commits.commit(unit())];
  await turns();
  const second = [commits.commit(unit()), commits.commit(unit()), commits.commit(unit())];
  await turns();
  assert.deepEqual(
    batches.map(({ units }) => units.length),
    [2],
  );
  batches[0]?.end([[], []]);
  await Promise.all(first);
  await turns();
  assert.deepEqual(
    batches.map(({ units }) => units.length),
    [2, 3],
  );
  batches[1]?.end([[], [], []]);
  await Promise.all(second);
});

test('a batch ends at 500 units or 8 MiB', async () => {
  const { batches, commits } = heldStore();
  const staged = Array.from({ length: 1_100 }, () => commits.commit(unit()));
  staged.push(...Array.from({ length: 10 }, () => commits.commit(unit(1024 * 1024))));
  for (const [index, size] of [500, 500, 108, 2].entries()) {
    await turns();
    assert.equal(batches[index]?.units.length, size);
    batches[index]?.end(Array.from({ length: size }, () => []));
  }
  await Promise.all(staged);
});

test('each unit has its own result', async () => {
  const { batches, commits } = heldStore();
  const outcomes = Promise.allSettled([commits.commit(unit()), commits.commit(unit())]);
  await turns();
  batches[0]?.end([new DataError('wrong'), [[{ a: 1 }]]]);
  const [first, second] = await outcomes;
  assert.ok(first.status === 'rejected' && first.reason instanceof DataError);
  assert.deepEqual(second, { status: 'fulfilled', value: [[{ a: 1 }]] });
});

test('a failure of the store takes every unit that waits, and later ones are tried again', async () => {
  const { batches, commits } = heldStore();
  const staged = [commits.commit(unit())];
  await turns();
  staged.push(commits.commit(unit()));
  const outcomes = Promise.allSettled(staged);
  batches[0]?.fail(new Error('no disk'));
  for (const outcome of await outcomes)
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreFailure);
  const later = commits.commit(unit());
  await turns();
  batches[1]?.end([[]]);
  assert.deepEqual(await later, []);
});
