import { kindOf } from '../jid.ts';
import { ignore } from './drafts.ts';
import { groupNotificationNeeds, translateGroupNotification } from './group-notification.ts';
import type { Context, Needs, Own, Stanza, Translation } from './translation.ts';

/** What a notification needs to be translated. */
export function notificationNeeds(stanza: Stanza, own: Own): Partial<Needs> {
  return isOfGroup(stanza) ? groupNotificationNeeds(stanza, own) : {};
}

/** A `<notification>`: what WhatsApp tells unasked. Those of groups are events. */
export function translateNotification(stanza: Stanza, receivedAtMs: number, context: Context): Translation {
  if (isOfGroup(stanza)) return translateGroupNotification(stanza, receivedAtMs, context);
  const type = stanza.attrs['type'] ?? '';
  switch (type) {
    case 'encrypt':
    case 'server_sync':
    case 'account_sync':
    case 'devices':
    case 'link_code_companion_reg':
    case 'registration':
    case 'privacy_token':
    case 'mediaretry':
    case 'hosted':
    case 'psa':
      return ignore(`internal: a notification of type ${type}`);
    case 'picture':
    case 'status':
    case 'business':
    case 'contacts':
    case 'newsletter':
    case 'mex':
    case 'pay':
    case 'disappearing_mode':
      return ignore(`internal: a notification of type ${type}, which is no event`);
    default:
      return ignore(`unknown: a notification of type ${type}`);
  }
}

/** The picture of a group is no change of the kind `w:gp2`. */
function isOfGroup({ attrs }: Stanza): boolean {
  return (
    attrs['type'] === 'w:gp2' || (attrs['type'] === 'picture' && kindOf(attrs['from'] ?? '') === 'group')
  );
}
