/**
 * What the gateway tells the one who operates it, at the operator webhook. They come as the events of instances do: in
 * order, again about every 3 seconds until there is a response, signed when the webhook has a key.
 */

/** The names of all operational events. No webhook of an instance gets them. */
export const operationalEventNames = [
  'webhook.failing',
  'webhook.recovered',
  'quota.near',
  'quota.reached',
  'disk.low',
  'disk.recovered',
] as const;

export type OperationalEventName = (typeof operationalEventNames)[number];

/** Whether a text is the exact name of an operational event. */
export function isOperationalEventName(name: unknown): name is OperationalEventName {
  return operationalEventNames.some((known) => known === name);
}

/** The body of a request to the operator webhook. Narrow it by `event`. */
export type OperationalEventBody = {
  [Name in OperationalEventName]: OperationalEventBodyOf<Name>;
}[OperationalEventName];

/** The body of a request to the operator webhook that carries the event `Name`. */
export interface OperationalEventBodyOf<Name extends OperationalEventName> {
  readonly event: Name;
  /** The instance whose webhook it is about, its number as text; `"0"` for the gateway itself. */
  readonly instanceId: string;
  readonly data: OperationalEventData[Name];
}

/** What `data` is, by event name. All times are milliseconds since 1970. */
export interface OperationalEventData {
  /** A webhook does not answer any more. Told once per outage; it is called again all the time. */
  readonly 'webhook.failing': WebhookOutage;
  /** A webhook that did not answer answers again. */
  readonly 'webhook.recovered': WebhookOutage & { readonly recoveredAt: number };
  /** What waits for a webhook is 80 % of its quota. Told again only after it was below 60 %. */
  readonly 'quota.near': QuotaUse;
  /** What waits for a webhook is all that its quota allows: `whenReached` says what happens to more. */
  readonly 'quota.reached': QuotaUse;
  /** The disk of the database is nearly full: the connections to WhatsApp are closed until there is space. */
  readonly 'disk.low': DiskUse;
  /** There is space again, and the connections are opened again. `since` is when they were closed. */
  readonly 'disk.recovered': DiskUse & { readonly since: number };
}

/** A webhook as the operator is told of it: never its path, which holds its token. */
export interface WebhookRef {
  readonly webhookId: number;
  /** `https://host:port`, null when it has no URL any more. */
  readonly origin: string | null;
}

export interface WebhookOutage extends WebhookRef {
  /** Why there was no response: `refused`, `timeout`, `dns`, ...; null when it is not known. */
  readonly reason: string | null;
  /** Since when it does not answer. */
  readonly since: number;
}

export interface QuotaUse extends WebhookRef {
  /** Which of the three is nearest to its end, or at it. */
  readonly limit: 'deliveries' | 'bytes' | 'age';
  readonly waiting: {
    readonly deliveries: number;
    readonly bytes: number;
    /** When the oldest was recorded, or earlier; null when nothing waits. */
    readonly oldestAt: number | null;
  };
  readonly quota: {
    readonly deliveriesMax: number;
    readonly bytesMax: number;
    readonly ageMsMax: number | null;
  };
  /** `pause`: new events are recorded and not sent. `drop_oldest`: what waits longest is dropped. */
  readonly whenReached: 'pause' | 'drop_oldest';
}

export interface DiskUse {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** With less than this free, nothing more is taken from WhatsApp. */
  readonly floorBytes: number;
}
