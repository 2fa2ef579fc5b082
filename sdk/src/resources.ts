import type { EventName, MessageData } from './events.ts';

/** An instance as the API lists it. */
export interface InstanceResource {
  readonly id: number;
  readonly name: string;
  readonly owner: string;
  readonly webhook_url: string | null;
  readonly webhook_events: readonly EventName[];
  readonly is_trial: boolean;
}

/** Where an instance is. Only `ready` runs actions; only `qr` has a QR code. */
export type InstanceStatus =
  | 'booting'
  | 'loading_screen'
  | 'qr'
  | 'authenticated'
  | 'ready'
  | 'auth_failure'
  | 'disconnected';

export interface ClientStatus {
  readonly instanceId: string;
  readonly name: string;
  readonly instanceStatus: InstanceStatus;
  readonly instanceWebhook: string | null;
  readonly instanceEvents: readonly EventName[];
}

/** The WhatsApp account that an instance is linked to. */
export interface Me {
  readonly displayName: string | null;
  readonly contactId: string;
  readonly formattedNumber: string;
  readonly profilePicUrl: string | null;
}

/** What to set of an instance. What is left out stays as it is; `url: null` and `events: []` reset. */
export interface InstanceSettings {
  readonly name?: string;
  readonly webhook?: { readonly url?: string | null; readonly events?: readonly EventName[] };
}

export interface MessageToSend {
  /** `<digits>@c.us`, `<digits>@lid` or `<id>@g.us`. */
  readonly chatId: string;
  readonly message: string;
  /** Contact ids that the text mentions as `@<digits>`. */
  readonly mentions?: readonly string[];
  /** Whether a link in the text shows a preview; true when left out. */
  readonly previewLink?: boolean;
  readonly replyToMessageId?: string;
}

/** One event owed to a webhook, and what became of it. Times are milliseconds since 1970. */
export interface DeliveryResource {
  readonly id: number;
  readonly webhookId: number;
  readonly event: EventName;
  readonly eventId: string;
  /** null for what concerns the instance itself. `number` stays the same when the address changes. */
  readonly chat: { readonly number: number; readonly id: string | null } | null;
  /** Bare id of the message that the event is about. */
  readonly messageId: string | null;
  /** The replay that made it. */
  readonly replayId: number | null;
  readonly isReplay: boolean;
  /** Size of the body that is sent. */
  readonly bodyBytes: number;
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** In all, also those that are not listed any more. */
  readonly attemptsMade: number;
  readonly attempts: readonly AttemptResource[];
}

export type DeliveryState = 'pending' | 'delivered' | 'rejected' | 'dropped' | 'parked';

/** A delivery with what is sent. */
export interface DeliveryWithBody extends DeliveryResource {
  readonly body: unknown;
}

/** One attempt, or several of the same outcome in a row. */
export interface AttemptResource {
  /** The first one's number, counted from 1. */
  readonly number: number;
  readonly count: number;
  /** `deferred`: a response after which the same is sent again, as the webhook wants it. */
  readonly outcome: 'silence' | 'deferred' | 'delivered' | 'rejected';
  /** The response's status; null without one. */
  readonly status: number | null;
  readonly reason: string | null;
  /** How far the last one without a response came, and what its error said. */
  readonly phase: string | null;
  readonly detail: string | null;
  /** The first bytes that came back from the last one; control characters read `\n` or `\u0000`. */
  readonly response: { readonly head: string; readonly body: string } | null;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly durationMs: number | null;
}

export type Guard<T> = (value: unknown) => value is T;

/** Whether an answer's part has what its readers rely on: a wrong server is found out here, not in their code. */
export const isInstance: Guard<InstanceResource> = withTypes({
  id: 'number',
  name: 'string',
  webhook_events: 'object',
});
export const isInstances = listOf(isInstance);
export const isClientStatus: Guard<ClientStatus> = withTypes({
  instanceId: 'string',
  instanceStatus: 'string',
});
export const isMe: Guard<Me> = withTypes({ contactId: 'string' });
export const isQr: Guard<{ readonly qr_code: string }> = withTypes({ qr_code: 'string' });
export const isPairingCode: Guard<{ readonly pairingCode: string }> = withTypes({ pairingCode: 'string' });
export const isMessage: Guard<MessageData> = withTypes({ id: 'object', ack: 'number', timestamp: 'number' });
export const isDeliveries = listOf<DeliveryResource>(
  withTypes({ id: 'number', state: 'string', attempts: 'object' }),
);
export const isDeliveryWithBody: Guard<DeliveryWithBody> = withTypes({
  id: 'number',
  state: 'string',
  body: 'object',
});
export const isNumber: Guard<number> = (value) => typeof value === 'number';

export function withTypes<T>(types: Record<string, 'string' | 'number' | 'object'>): Guard<T> {
  return (value): value is T =>
    isRecord(value) &&
    Object.entries(types).every(([key, type]) => typeof value[key] === type && value[key] !== null);
}

export function listOf<T>(isItem: Guard<T>): Guard<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every((item) => isItem(item));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
