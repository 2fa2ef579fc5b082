import { setImmediate, setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How a wait ends that is in vain. */
export interface Patience {
  /** In real time; `patienceMs` unless it says otherwise. */
  readonly limitMs?: number;
  /** What the error shows of how things were at the end. */
  readonly state?: () => unknown;
}

/** Far longer than anything takes that tests wait for, also on a machine that does other work. */
export const patienceMs = 180_000;

type Condition = () => boolean | Promise<boolean>;

/**
 * Resolves once the condition holds, which is looked at in each turn of the event loop: for what happens in this process.
 * Rejects after the limit, with the condition's own source.
 */
export function until(condition: Condition, patience?: Patience): Promise<void> {
  return look(condition, () => setImmediate(), patience);
}

/** Like `until`, and rests between two looks: for what another process or a real disk does. */
export function pollUntil(condition: Condition, patience?: Patience): Promise<void> {
  return look(condition, () => setTimeout(10), patience);
}

/** Lets the event loop turn so often: what waits for nothing but promises has happened then. */
export async function turns(count = 1): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** What is said when a wait is given up. */
export function waitedInVain(
  condition: (...given: never[]) => unknown,
  limitMs: number,
  state?: () => unknown,
): Error {
  const seen = state === undefined ? '' : `; at the end: ${inspect(state(), { depth: 4 })}`;
  return new Error(`never true in ${limitMs / 1000} s: ${condition.toString()}${seen}`);
}

async function look(
  condition: Condition,
  pause: () => Promise<unknown>,
  { limitMs = patienceMs, state }: Patience = {},
): Promise<void> {
  const startedAt = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= limitMs) throw waitedInVain(condition, limitMs, state);
    await pause();
  }
}
