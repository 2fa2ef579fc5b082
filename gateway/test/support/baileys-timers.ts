/** Milliseconds of a wait that was asked for, and of what it becomes. */
const changed = new Map<number, number>();

/** Shorter ones end by themselves before anybody minds. */
const longMs = 20_000;

// Baileys leaves timers behind a connection that has ended: 30 s for an upload of pre-keys, 60 s for a query without an
// answer. They must not keep a test process alive.
const setTimeoutOfNode = globalThis.setTimeout;
globalThis.setTimeout = Object.assign((...[callback, ms, ...rest]: Parameters<typeof setTimeoutOfNode>) => {
  const timer = setTimeoutOfNode(callback, changed.get(ms ?? 0) ?? ms, ...rest);
  return (ms ?? 0) >= longMs ? timer.unref() : timer;
}, setTimeoutOfNode);

/** Baileys gives up a query that has no answer after 60 s: from now on it waits as long as the test. */
export function waitForAnswers(): void {
  changed.set(60_000, 2 ** 31 - 1);
}

/** Baileys shows the first QR code for 60 s and each of the next for 20 s: from now on all of them for `ms`, or as ever. */
export function shortenQrCodes(ms: number | null): void {
  changed.clear();
  if (ms !== null) changed.set(60_000, ms).set(20_000, ms);
}
