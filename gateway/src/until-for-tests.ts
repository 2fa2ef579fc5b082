/** Far longer than anything takes, also on a machine that does much else; a test's own limit in `scripts/test.mjs` is longer. */
export const patienceMs = 180_000;

/**
 * Resolves once `condition` holds; it is looked at in each turn of the event loop, or as often as `pause` says. What never
 * holds is named by its own text.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  pause: () => Promise<unknown> = turn,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`never true: ${condition.toString()}`);
    await pause();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
