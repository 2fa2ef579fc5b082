/** What a process has used so far, all its threads together. */
export interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
  /** JavaScript objects of the main thread. */
  readonly heapBytes: number;
}

/** Of this process. After a garbage collection where `node --expose-gc` offers one. */
export function usage(): Usage {
  if (globalThis.gc !== undefined) {
    // The second one frees what the finalizers of the first let go.
    globalThis.gc();
    globalThis.gc();
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuUs: user + system, rssBytes: rss, heapBytes: heapUsed };
}
