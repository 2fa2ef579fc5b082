import assert from 'node:assert/strict';
import { StoreFailure } from '../database.ts';

/** Repeats what a store refuses until it is back. What it was asked may have happened although it says that it failed. */
export async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      assert.ok(error instanceof StoreFailure);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
