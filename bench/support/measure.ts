export interface Round {
  readonly events: number;
  readonly eventsPerS: number;
  /** Of this process, all its threads. */
  readonly cpuUsPerEvent: number;
}

/** Runs each of `loops` over and over for `ms`, and waits for the last of each. */
export async function measure(ms: number, loops: readonly (() => Promise<void>)[]): Promise<Round> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  let events = 0;
  await Promise.all(
    loops.map(async (once) => {
      while (performance.now() - start < ms) {
        await once();
        events++;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { events, eventsPerS: events / seconds, cpuUsPerEvent: (user + system) / events };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? 0) + (sorted[(sorted.length - 1) >> 1] ?? 0)) / 2;
}
