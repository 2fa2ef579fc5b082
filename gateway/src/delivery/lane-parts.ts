import type { Track } from '../outbox/outbox-store.ts';
import type { AttemptContext } from './attempt-head.ts';
import type { Gate } from './gate.ts';
import type { BodyMemory } from './lane.ts';
import type { MediaFetches } from './media-fetches.ts';
import type { Places } from './places.ts';
import type { WakeUps } from './wake-ups.ts';

/** What lanes need; the same for those of all webhooks. */
export interface LaneContext extends AttemptContext {
  readonly wakeUps: WakeUps;
  readonly memory: BodyMemory;
  readonly media: MediaFetches;
  /** For large bodies, in bytes. */
  readonly bodyRoom: Places;
}

export interface LaneLimits {
  /** Lanes that are attempted at the same time, besides those that had no response before. */
  readonly lanesAtOnce: number;
  /** Lanes without response that are attempted at the same time; while the gate is closed, no others are. */
  readonly keepers: number;
  /** Lanes in memory; the others wait in the store for a place. */
  readonly lanesInMemory: number;
  /** The same while the gate is closed. */
  readonly lanesWhileClosed: number;
}

export interface WebhookLanesParts {
  readonly webhookId: number;
  readonly track: Track;
  readonly gate: Gate;
  readonly limits: LaneLimits;
  readonly context: LaneContext;
  /** Takes leave for one turn: the webhook is active and within its rate, and nothing more urgent is ready. */
  readonly grantTurn: () => boolean;
  /** The leave was not used: nothing was attempted. */
  readonly returnTurn: () => void;
  /** Whether the webhook is switched off: then memory takes nothing, and what is recorded stays in the store. */
  readonly isOff: () => boolean;
  /** Something has ended: others may be able to go on now. */
  readonly onProgress: () => void;
}
