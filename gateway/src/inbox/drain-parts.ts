import type { MediaLinkData, MessageData } from '@eazewa/sdk/events';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Own } from '../events/translation.ts';
import type { EventIds } from '../ids.ts';
import type { Log } from '../log.ts';
import type { ServerAnswer } from '../messages/server-answer.ts';
import type { Delivery } from '../outbox/outbox-store.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { InboxMeasures } from './inbox-measures.ts';
import type { PlanParts } from './plan-row.ts';

/** What the drain of one instance works with, and whom it tells. */
export interface DrainParts extends Omit<PlanParts, 'write'>, InboxMeasures {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly own: () => Own;
  /** The webhooks of the instance as they are now. */
  readonly webhooks: () => readonly Webhook[];
  readonly eventIds: EventIds;
  /** Called when events were committed, or may have been, whether a webhook wants them or not. */
  readonly onEvents: () => void;
  /** A link to the file of a message; null when the file cannot be had, or nobody knows under which address. */
  readonly mediaLink?: (message: MessageData) => MediaLinkData | null;
  /** Whether a webhook's quota takes no more. */
  readonly isFull?: (webhookId: number) => boolean;
  /** Called with the webhooks that were full, one for each delivery that was recorded as dropped. */
  readonly onRefused?: (webhookIds: readonly number[]) => void;
  /** Called with the deliveries that a commit made, in the order of their lanes. */
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  /** Called when a commit failed and nobody knows whether the store has it. */
  readonly onUncertain: () => void;
  /** Called when WhatsApp's answer to a message of ours is recorded. */
  readonly onAnswer: (answer: ServerAnswer) => void;
}
