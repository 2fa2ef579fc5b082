import { fileURLToPath } from 'node:url';
import type { CarrierKind } from '../carriers/carrier.ts';
import type { CarrierVerbs } from '../carriers/carrier-process.ts';
import type { Load } from '../carriers/load.ts';
import { startChild } from './child.ts';
import type { Round } from './measure.ts';
import { percentile } from './percentile.ts';
import { startCountingReceiver } from './receiver.ts';
import { lendPostgres, lendRedis, type Lent } from './servers.ts';

/** What is compared, and how. */
export interface CarrierSetting {
  readonly kind: CarrierKind;
  readonly load: Load;
  readonly isTls?: boolean;
  /** How much longer each commit of SQLite takes. */
  readonly syncMs?: number;
  /** Its library keeps the order that the receiver sees. */
  readonly isOrdered?: boolean;
}

export interface OpenedCarrier {
  readonly setting: CarrierSetting;
  flood(ms: number): Promise<Round>;
  /** Milliseconds from recording to receipt at so many events per second. */
  pace(ms: number, perS: number): Promise<{ readonly p50Ms: number; readonly p99Ms: number }>;
  /** What the receiver saw that it should not have. */
  broken(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens it in a process of its own, with a receiver of its own; null when the server that it needs is not there. */
export async function openCarrierProcess(
  name: string,
  setting: CarrierSetting,
): Promise<OpenedCarrier | null> {
  const { kind, load, isTls = false, syncMs = 0, isOrdered = true } = setting;
  const needs = serverOf(kind);
  const lent =
    needs === 'redis' ? await lendRedis() : needs === 'postgres' ? await lendPostgres(name) : noServer;
  if (lent === null) return null;
  const receiver = await startCountingReceiver({ isTls });
  const slow = ['--import', fileURLToPath(new URL('../carriers/slow-sync.ts', import.meta.url))];
  const child = startChild<CarrierVerbs>('../carriers/carrier-process.ts', syncMs > 0 ? slow : [], {
    EAZEWA_BENCH_SYNC_MS: String(syncMs),
  });
  const { at } = lent;
  const servers = {
    postgres: typeof at === 'string' ? at : undefined,
    redisPort: typeof at === 'number' ? at : undefined,
  };
  await child.ask('open', { kind, url: receiver.url, load, ...servers });
  let events = 0;
  return {
    setting,
    async flood(ms) {
      const round = await child.ask('flood', { ms });
      events += round.events;
      await receiver.latencies();
      return round;
    },
    async pace(ms, perS) {
      await receiver.latencies();
      await child.ask('pace', { ms, perS });
      const latencies = await receiver.latencies();
      events += latencies.length;
      const of = (share: number) => Number(percentile(latencies, share).toFixed(1));
      return { p50Ms: of(0.5), p99Ms: of(0.99) };
    },
    async broken() {
      const { requests, outOfOrder } = await receiver.counts();
      return [
        ...(requests === events ? [] : [`${name}: ${events} events, ${requests} requests`]),
        ...(outOfOrder === 0 || !isOrdered ? [] : [`${name}: ${outOfOrder} out of order`]),
      ];
    },
    async close() {
      await child
        .ask('close', undefined)
        .catch((error: unknown) => console.error(`${name}: ${String(error)}`));
      await child.kill();
      await receiver.close();
      await lent.release();
    },
  };
}

const noServer: Lent<null> = { at: null, release: () => Promise.resolve() };

function serverOf(kind: CarrierKind): 'redis' | 'postgres' | null {
  if (kind === 'bullmq') return 'redis';
  return kind === 'postgres' || kind === 'graphileWorker' || kind === 'pgBoss' ? 'postgres' : null;
}
