import { setTimeout } from 'node:timers/promises';
import * as everyTurn from '../../src/until-for-tests.ts';

/** Resolves once `condition` holds; for what cannot tell by itself, such as another process. What never holds is named. */
export function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  return everyTurn.until(condition, () => setTimeout(10));
}
