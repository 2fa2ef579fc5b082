/** What a file system has, in bytes. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A percentage of a large disk is more than is needed to stop in order. */
const floorMaxBytes = 1024 ** 3;

/** How much more than the floor must be free again: what closes the connections must not open and close them all the time. */
const clearOf = 1.25;

/** With less than this free nothing more is taken from WhatsApp: a share of the disk, but at most 1 GiB. */
export function floorBytes({ totalBytes }: DiskSpace, percent: number): number {
  return Math.min(Math.floor((totalBytes * percent) / 100), floorMaxBytes);
}

/** Whether the disk counts as low, when it did or did not before. */
export function isDiskLow(wasLow: boolean, space: DiskSpace, percent: number): boolean {
  const floor = floorBytes(space, percent);
  return space.freeBytes < (wasLow ? floor * clearOf : floor);
}

/** Why the instances are not connected, in the words of their status. */
export function lowDiskReason({ freeBytes }: DiskSpace): string {
  const free = Math.floor(freeBytes / 1024 ** 2);
  return (
    `The disk of the database is nearly full: ${free} MB are free. WhatsApp keeps the messages until there is space; ` +
    'then the instance connects again by itself.'
  );
}
