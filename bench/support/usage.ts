/** What a process has used so far, all its threads together. */
export interface Usage {
  readonly cpuUs: number;
  /** Of that, the thread that runs the program: the rest is the database's thread, garbage collection and the like. */
  readonly mainThreadCpuUs: number;
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
  const thread = process.threadCpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const mainThreadCpuUs = thread.user + thread.system;
  return { cpuUs: user + system, mainThreadCpuUs, rssBytes: rss, heapBytes: heapUsed };
}
