import type { Load, LoadEvent } from './load.ts';

/** Brings events to the receiver, each way of doing it in a process of its own. */
export interface Carrier {
  /** Records one event; resolves when it has been delivered and that is recorded too. */
  deliver(event: LoadEvent): Promise<void>;
  close(): Promise<void>;
}

export interface CarrierOptions {
  readonly kind: CarrierKind;
  /** The receiver. */
  readonly url: string;
  readonly load: Load;
  /** `postgres://…` of an empty database, for those that need one. */
  readonly postgres?: string | undefined;
  /** Port of a Redis server, for those that need one. */
  readonly redisPort?: number | undefined;
}

export type CarrierKind =
  | 'memory'
  | 'durable'
  | 'postgres'
  | 'bullmq'
  | 'graphileWorker'
  | 'pgBoss'
  | 'axios';

/** Only the libraries of one carrier are loaded. */
export async function openCarrier(options: CarrierOptions): Promise<Carrier> {
  switch (options.kind) {
    case 'memory':
    case 'durable':
    case 'postgres':
      return (await import('./lanes.ts')).openLanes(options);
    case 'bullmq':
      return (await import('./bullmq.ts')).openBullmq(options);
    case 'graphileWorker':
      return (await import('./graphile-worker.ts')).openGraphileWorker(options);
    case 'pgBoss':
      return (await import('./pg-boss.ts')).openPgBoss(options);
    case 'axios':
      return (await import('./axios.ts')).openAxios(options);
    default:
      return options.kind satisfies never;
  }
}
