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
const named = (name: string): Unit => [{ parts: [name], values: [] }];

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

test('a unit that nobody waits for goes with the next one, in its order, and alone when none comes', async () => {
  const { batches, commits } = heldStore();
  const end = () => batches.at(-1)?.end([[], [], []]);
  const texts = () => batches.at(-1)?.units.map(([statement]) => statement?.parts[0]);
  const first = commits.commit(named('first'), { isAwaited: false });
  await turns();
  await turns();
  assert.equal(batches.length, 0);
  const second = commits.commit(named('second'));
  await turns();
  assert.deepEqual(texts(), ['first', 'second']);
  end();
  await Promise.all([first, second]);

  const alone = commits.commit(named('alone'), { isAwaited: false });
  while (batches.length < 2) await turns();
  assert.deepEqual(texts(), ['alone']);
  end();
  await alone;

  const last = commits.commit(named('last'), { isAwaited: false });
  const closed = commits.close();
  await turns();
  assert.deepEqual(texts(), ['last']);
  end();
  await Promise.all([last, closed]);
});

test('a batch that begins waits for a unit that is announced, and not for those that are announced meanwhile', async () => {
  const { batches, commits } = heldStore();
  const staged = commits.announce();
  const first = commits.commit(unit());
  await turns();
  await turns();
  assert.equal(batches.length, 0);
  const never = commits.announce();
  const second = commits.commit(unit());
  staged();
  await turns();
  assert.equal(batches[0]?.units.length, 2);
  batches[0]?.end([[], []]);
  await Promise.all([first, second]);

  // Nobody waits for long.
  const third = commits.commit(unit());
  while (batches.length < 2) await turns();
  batches[1]?.end([[]]);
  await third;
  never();
});
