import { statfs } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { floorBytes, isDiskLow, lowDiskReason, type DiskSpace } from './disk-decisions.ts';
import type { OperationalEvent } from './operational-events.ts';

export interface DiskWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly space: () => Promise<DiskSpace>;
  /** The floor in percent of the disk; 0: the disk is not watched. */
  readonly percent: number;
  /** Closes all connections to WhatsApp; `reason` is for people. */
  readonly pause: (reason: string) => Promise<void>;
  readonly resume: () => void;
  readonly tell: (event: OperationalEvent) => void;
}

const everyMs = 10_000;

/**
 * Watches the disk that the database is on. Below the floor the connections to WhatsApp are closed, so that it keeps the
 * messages; deliveries go on. Above it again they are opened.
 */
export class DiskWatch {
  readonly #parts: DiskWatchParts;
  #lowSince: number | null = null;
  #isUnreadable = false;
  #looking: Promise<void> = Promise.resolve();
  #cancelNext: (() => void) | null = null;
  #isStopped = false;

  constructor(parts: DiskWatchParts) {
    this.#parts = parts;
  }

  /** Resolves after the first look, so that nothing connects on a disk that is low. */
  async start(): Promise<void> {
    if (this.#parts.percent > 0) await this.#lookAndGoOn();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelNext?.();
    await this.#looking;
  }

  #lookAndGoOn(): Promise<void> {
    this.#looking = this.#look().finally(() => {
      if (!this.#isStopped)
        this.#cancelNext = this.#parts.clock.after(everyMs, () => void this.#lookAndGoOn());
    });
    return this.#looking;
  }

  /** Never rejects: a disk that cannot be asked is as it was. */
  async #look(): Promise<void> {
    const { log, space } = this.#parts;
    try {
      await this.#decide(await space());
      this.#isUnreadable = false;
    } catch (error) {
      if (!this.#isUnreadable) log.warn({ err: error }, 'How full the disk is could not be asked.');
      this.#isUnreadable = true;
    }
  }

  async #decide(space: DiskSpace): Promise<void> {
    const { clock, percent, pause, resume, tell } = this.#parts;
    const since = this.#lowSince;
    const isLow = isDiskLow(since !== null, space, percent);
    if (this.#isStopped || isLow === (since !== null)) return;
    const data = {
      freeBytes: space.freeBytes,
      totalBytes: space.totalBytes,
      floorBytes: floorBytes(space, percent),
    };
    this.#lowSince = isLow ? clock.now() : null;
    if (since === null) {
      tell({ event: 'disk.low', webhook: null, data });
      await pause(lowDiskReason(space));
    } else {
      tell({ event: 'disk.recovered', webhook: null, data: { ...data, since } });
      resume();
    }
  }
}

/** What is free for this process on the file system of a folder. */
export async function spaceOf(folder: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
