import type { EventBody } from './events.ts';

/**
 * Remembers which events were handled, so that a repeated delivery is handled once. Deliveries are at least once: a
 * receiver that crashed after its work and before its answer gets the event again.
 *
 * It forgets the oldest keys beyond `capacity` and everything when the process ends; keep the keys in your database,
 * in the transaction of your own work, when a repeat must never slip through.
 */
export class HandledEvents {
  readonly #keys = new Set<string>();
  readonly #capacity: number;

  /** @param capacity How many keys to remember, at least 1. */
  constructor(capacity = 10_000) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('The capacity must be at least 1.');
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Remembers a key. Call it when the work is done, so that an event whose work failed is handled again. */
  add(key: string): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size > this.#capacity && oldest !== undefined) this.#keys.delete(oldest);
  }
}

/**
 * What tells an event from all others: its id, which the gateway sends as the header `webhook-id`, the same in each
 * attempt. Without the header, what the event itself says: null for events that can rightly come twice (`ready`, ...).
 */
export function eventKey(body: EventBody, webhookId?: string | null): string | null {
  if (webhookId !== undefined && webhookId !== null && webhookId !== '') return webhookId;
  const subject = subjectOf(body);
  return subject === null ? null : [body.instanceId, body.event, ...subject].join(' ');
}

function subjectOf(body: EventBody): (string | number)[] | null {
  switch (body.event) {
    case 'message':
    case 'message_create':
    case 'message_revoke_me':
    case 'media_uploaded':
      return [body.data.message.id._serialized];
    case 'message_ack':
      return [body.data.message.id._serialized, body.data.ack];
    case 'message_revoke_everyone':
      return [body.data.after.id._serialized];
    case 'message_reaction':
      return [body.data.reaction.id._serialized];
    case 'group_join':
    case 'group_leave':
    case 'group_update':
      return [body.data.notification.id._serialized];
    case 'call':
      return [body.data.call.id];
    case 'message_edit': {
      const { message, newBody } = body.data;
      return [message.id._serialized, message.latestEditSenderTimestampMs ?? 0, newBody];
    }
    case 'vote_update': {
      const { vote } = body.data;
      return [vote.parentMessage.id._serialized, vote.voter, vote.interractedAtTs];
    }
    case 'loading_screen':
    case 'qr':
    case 'authenticated':
    case 'auth_failure':
    case 'ready':
    case 'disconnected':
    case 'change_state':
      return null;
  }
}
