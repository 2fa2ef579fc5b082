import type { WebhookBacklog } from './webhook-backlog.ts';
import type { ChatNames } from '../chats/chat-names.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { InboxReport } from '../inbox/inspect-inbox.ts';
import type { Instances } from '../instances/instances.ts';
import type { Log } from '../log.ts';
import type { MediaLinks } from '../media/media-links.ts';
import type { Media } from '../media/media.ts';
import type { Messages } from '../messages/messages.ts';
import type { Metrics } from '../metrics.ts';
import type { DeliveryLog } from '../outbox/delivery-log.ts';
import type { Replays } from '../outbox/replays.ts';
import type { EventSignals } from '../outbox/event-signals.ts';
import type { ReadEvents } from '../outbox/follow-events.ts';
import type { Tokens } from '../tokens/token-store.ts';
import type { TestResult } from '../webhooks/test-event.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { PlaceLimits } from './waiting-places.ts';

/** What the API speaks for. */
export interface HttpDeps {
  readonly instances: Instances;
  readonly messages: Messages;
  readonly media: Pick<Media, 'fetch' | 'open'>;
  readonly mediaLinks: MediaLinks;
  readonly webhooks: Webhooks;
  readonly tokens: Pick<Tokens, 'find'>;
  readonly chats: ChatNames;
  readonly deliveries: DeliveryLog;
  readonly replays: Pick<Replays, 'create' | 'list' | 'get' | 'cancel'>;
  readonly eventLog: EventLog;
  /** How many may wait for events at once; 100 of one token and 1,000 in all when left out. */
  readonly waitingPlaces?: PlaceLimits;
  /** What came and is not told; each list has at most `limit` entries. */
  readonly inspectInbox: (instanceId: number, limit: number) => Promise<InboxReport>;
  /**
   * Makes events of one parked row, or of all when `seq` is null, after all. Resolves with how many rows wait again.
   *
   * @throws GatewayError `not_found` or `invalid_request` when the one row cannot be tried again
   */
  readonly retryParked: (instanceId: number, seq: number | null) => Promise<number>;
  /** What is wrong with a webhook's URL, as a sentence; null when it may be used. */
  readonly checkWebhookUrl: (url: string) => string | null;
  /** Whether deliveries of a webhook wait for their end. */
  readonly hasWaiting: (webhookId: number) => Promise<boolean>;
  /** What waits for a webhook, from memory. */
  readonly backlogOf: (webhookId: number) => WebhookBacklog;
  /** Sends a test event, beside everything that waits: one attempt of at most ten seconds that leaves no record. */
  readonly sendTest: (webhook: Webhook & { readonly url: string }) => Promise<TestResult>;
  /** Random bytes for a secret. */
  readonly randomBytes: (count: number) => Uint8Array;
  readonly metrics: Pick<Metrics, 'text'>;
  readonly config: Pick<Config, 'bodyLimitBytes' | 'mediaLimitBytes' | 'publicUrl'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** The events of all instances, and who waits for more. */
export interface EventLog {
  readonly read: ReadEvents;
  /** The oldest and the newest event that is kept of an instance. */
  readonly range: (instanceId: number) => Promise<{ oldest: string | null; newest: string | null }>;
  readonly signals: EventSignals;
}
