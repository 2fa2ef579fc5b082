import { readFile } from 'node:fs/promises';
import type { RecordWithTtl } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { Clock } from '../clock.ts';
import { parseAddress } from './ip-address.ts';
import { isOutOfSockets } from './out-of-sockets.ts';

/** Finds the addresses of a host; rejects when there is none. */
export type ResolveHost = (host: string) => Promise<string[]>;

/** What is asked of DNS: `Resolver` of `node:dns/promises`. */
export interface NameServer {
  resolve4(host: string, options: { ttl: true }): Promise<RecordWithTtl[]>;
  resolve6(host: string, options: { ttl: true }): Promise<RecordWithTtl[]>;
}

/** Names lead to so few addresses at most; the rest of a longer answer is not tried. */
const addressesMax = 4;
const freshMsMax = 30_000;
const failureMs = 3000;
const hostsMax = 10_000;

/**
 * Resolves names as they stand, without a search list: by the hosts file, else by DNS. Answers are kept for their
 * lifetime but at most 30 s, failures for 3 s. It does not use `dns.lookup`, whose four threads are shared with all
 * file access: four dead name servers would stop the gateway.
 */
export function createResolver({
  clock,
  resolver = new Resolver({ timeout: 2000, tries: 2 }),
  hostsFile = '/etc/hosts',
}: {
  clock: Clock;
  resolver?: NameServer;
  hostsFile?: string;
}): ResolveHost {
  const known = new Map<string, { until: number; answer: Promise<string[]> }>();

  return (name) => {
    const host = name.toLowerCase().replace(/\.$/, '');
    const before = known.get(host);
    if (before && before.until > clock.monotonic()) return before.answer;
    if (known.size >= hostsMax) known.clear();
    const entry = { until: Infinity, answer: find(host) };
    known.set(host, entry);
    return entry.answer;

    async function find(host: string): Promise<string[]> {
      try {
        const { addresses, ttlMs } = (await findInFile(host)) ?? (await findByDns(host));
        entry.until = clock.monotonic() + Math.min(ttlMs, freshMsMax);
        return addresses.slice(0, addressesMax);
      } catch (error) {
        entry.until = clock.monotonic() + (isOutOfSockets(error as NodeJS.ErrnoException) ? 0 : failureMs);
        throw error;
      }
    }
  };

  async function findInFile(host: string): Promise<Found | null> {
    const text = await readFile(hostsFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // That it cannot be opened just now says nothing of what it says.
      if (isOutOfSockets(error)) throw error;
      return '';
    });
    const addresses = addressesInHostsFile(text, host);
    if (addresses.length === 0 && (host === 'localhost' || host.endsWith('.localhost'))) {
      return { addresses: ['127.0.0.1', '::1'], ttlMs: freshMsMax };
    }
    return addresses.length === 0 ? null : { addresses, ttlMs: failureMs };
  }

  async function findByDns(host: string): Promise<Found> {
    const [ipv4, ipv6] = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ]);
    const records4 = ipv4.status === 'fulfilled' ? ipv4.value : [];
    const records6 = ipv6.status === 'fulfilled' ? ipv6.value : [];
    // Both families early in the list, so that the other one is tried when one leads nowhere.
    const records = [
      ...records4.slice(0, 1),
      ...records6.slice(0, 1),
      ...records4.slice(1),
      ...records6.slice(1),
    ];
    if (records.length === 0)
      throw ipv4.status === 'rejected' ? ipv4.reason : new Error('the name has no address');
    return {
      addresses: records.map((record) => record.address),
      ttlMs: Math.min(...records.map((record) => record.ttl)) * 1000,
    };
  }
}

interface Found {
  readonly addresses: string[];
  readonly ttlMs: number;
}

function addressesInHostsFile(text: string, host: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim().split(/\s+/))
    .filter(([, ...names]) => names.some((name) => name.toLowerCase() === host))
    .map(([address = '']) => address)
    .filter((address) => parseAddress(address) !== null);
}
