import type { Quota } from '../webhooks/webhook.ts';

/** What waits for one webhook. */
export interface Waiting {
  readonly deliveries: number;
  readonly bytes: number;
  /** When the oldest was recorded, or earlier; null when nothing waits. Milliseconds since 1970. */
  readonly oldestAt: number | null;
}

export const nothingWaits: Waiting = { deliveries: 0, bytes: 0, oldestAt: null };

export type QuotaLimit = 'deliveries' | 'bytes' | 'age';

/** How full a webhook is. It rises at one mark and falls at a lower one, so that nothing is told again and again. */
export type QuotaLevel = 'free' | 'near' | 'reached';

/** Shares of the quota. */
const marks = { near: 0.8, free: 0.6, reached: 1, left: 0.9 } as const;

/** What is dropped goes down to this share, so that one unit of work makes room for many events. */
const dropTo = 0.99;

/** The limit that is nearest to its end, and how much of it is used: 1 is all. */
export function quotaUse(
  waiting: Waiting,
  quota: Quota,
  nowMs: number,
): { readonly limit: QuotaLimit; readonly share: number } {
  const deliveries = waiting.deliveries / quota.deliveriesMax;
  const bytes = waiting.bytes / quota.bytesMax;
  const { oldestAt } = waiting;
  const age = oldestAt === null || quota.ageMsMax === null ? 0 : (nowMs - oldestAt) / quota.ageMsMax;
  const share = Math.max(deliveries, bytes, age);
  return { share, limit: share === deliveries ? 'deliveries' : share === bytes ? 'bytes' : 'age' };
}

/** The level that follows from a level and how much is used. */
export function nextLevel(level: QuotaLevel, share: number): QuotaLevel {
  if (share >= marks.reached) return 'reached';
  if (level === 'reached' && share >= marks.left) return 'reached';
  if (share >= marks.near) return 'near';
  return level !== 'free' && share >= marks.free ? 'near' : 'free';
}

/** What is told of a change of level. A way down is not told. */
export function toldOf(before: QuotaLevel, after: QuotaLevel): 'quota.near' | 'quota.reached' | null {
  if (after === 'reached') return before === 'reached' ? null : 'quota.reached';
  return after === 'near' && before === 'free' ? 'quota.near' : null;
}

/**
 * In how many milliseconds the oldest delivery gets so old that something follows; null when nothing does any more.
 */
export function msToNextAge(
  { oldestAt }: Waiting,
  { ageMsMax, whenReached }: Quota,
  level: QuotaLevel,
  nowMs: number,
): number | null {
  if (oldestAt === null || ageMsMax === null || (level === 'reached' && whenReached === 'pause')) return null;
  const share = level === 'free' ? marks.near : marks.reached;
  return Math.max(0, oldestAt + Math.ceil(share * ageMsMax) - nowMs);
}

/** Of deliveries, oldest first, the ones that must go until there is room again. Those in flight stay. */
export function tooMany<
  D extends { readonly id: number; readonly bodyBytes: number; readonly createdAt: number },
>(
  oldest: readonly D[],
  waiting: Waiting,
  { deliveriesMax, bytesMax, ageMsMax }: Quota,
  inFlight: readonly number[],
  nowMs: number,
): D[] {
  const kept = new Set(inFlight);
  const dropped: D[] = [];
  let { deliveries, bytes } = waiting;
  for (const delivery of oldest) {
    const isTooOld = ageMsMax !== null && nowMs - delivery.createdAt >= ageMsMax * dropTo;
    const isRoom = deliveries <= deliveriesMax * dropTo && bytes <= bytesMax * dropTo;
    if (isRoom && !isTooOld) break;
    if (kept.has(delivery.id)) continue;
    dropped.push(delivery);
    deliveries--;
    bytes -= delivery.bodyBytes;
  }
  return dropped;
}
