import assert from 'node:assert/strict';
import { pollUntil } from '../../testing/until.ts';
import { StoreFailure } from '../database.ts';

/** Repeats what a store refuses until it is back. What it was asked may have happened although it says that it failed. */
export function eventually(work: () => Promise<unknown>): Promise<void> {
  return pollUntil(() =>
    work().then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof StoreFailure);
        return false;
      },
    ),
  );
}
