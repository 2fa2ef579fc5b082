import { randomInt } from 'node:crypto';
import type { Stanza } from './stanza/codec.ts';
import { node } from './stanza/node.ts';

/**
 * What WhatsApp tells linked devices unasked, as children and attributes of `<notification>`; `phone.notify` sends them.
 * Shapes: what Baileys 7 reads (`processNotification`), and public code of other clients where it reads nothing.
 */
export interface NotificationBody {
  readonly type: string;
  /** Whom it is about; the own account when left out. */
  readonly from?: string;
  readonly content: Stanza[];
}

/** Somebody, or a group, has another picture or none. */
export function pictureNotification(
  jid: string,
  change: 'set' | 'delete' = 'set',
  author = jid,
  id = String(randomInt(1_000_000_000)),
): NotificationBody {
  const attributes = { jid, author, ...(change === 'set' && { id }) };
  return { type: 'picture', from: jid, content: [node(change, attributes)] };
}

/** Messages of new chats vanish after so many seconds. */
export function disappearingModeNotification(durationSeconds: number, t: number): NotificationBody {
  const mode = node('disappearing_mode', { duration: String(durationSeconds), t: String(t) });
  return { type: 'account_sync', content: [mode] };
}

/** The own account blocks or unblocks somebody. */
export function blocklistNotification(jid: string, action: 'block' | 'unblock'): NotificationBody {
  const item = node('item', { jid, action });
  return { type: 'account_sync', content: [node('blocklist', {}, [item])] };
}

/** A business has changed its profile. */
export function businessNotification(jid: string): NotificationBody {
  return { type: 'business', from: jid, content: [node('profile', { jid })] };
}

/** A contact has changed something about itself, or the address book shall be read again. */
export function contactsNotification(jid: string): NotificationBody {
  return { type: 'contacts', from: jid, content: [node('update', { jid })] };
}
