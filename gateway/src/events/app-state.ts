import { withoutDevice } from '../jid.ts';
import { messageIdOf } from './address.ts';
import { contactsOf } from './contacts.ts';
import { ignore, messageRevokedForMe } from './drafts.ts';
import { storedMessage, toStored } from './stored-message.ts';
import type { AppStateChange, Context, MessageRef, Translation } from './translation.ts';

/**
 * A change of what the own devices share: `message_revoke_me` when a message was deleted on them only. Whether a message has
 * a star is no event, and later ones know it.
 */
export function translateAppState(change: AppStateChange, context: Context): Translation {
  const [action = ''] = change.index;
  switch (action) {
    case 'deleteMessageForMe':
      return translateDeletion(change, context);
    case 'star':
      return translateStar(change, context);
    case 'archive':
    case 'clearChat':
    case 'deleteChat':
    case 'markChatAsRead':
    case 'mute':
    case 'pin_v1':
    case 'contact':
    case 'setting_pushName':
      return ignore(`internal: the own devices share ${action}, which is no event`);
    default:
      return ignore(`internal: the own devices share ${action.slice(0, 40)}`);
  }
}

/** A message in the index of a change. Wire jids without device; `sender` only for what others wrote in groups. */
export interface IndexedMessage extends MessageRef {
  readonly chat: string;
  readonly sender?: string;
}

/** The message that a change speaks of; null when it speaks of none. */
export function messageOf({ index }: AppStateChange): IndexedMessage | null {
  const [action, jid = '', messageId, fromMe, participant = ''] = index;
  const chat = withoutDevice(jid);
  const id = messageIdOf(messageId);
  if ((action !== 'deleteMessageForMe' && action !== 'star') || chat === null || id === null) return null;
  // It is "0" when the chat tells it already.
  const sender = withoutDevice(participant);
  return { id, fromMe: fromMe === '1', chat, ...(sender === null ? {} : { sender }) };
}

function translateStar(change: AppStateChange, context: Context): Translation {
  const starred = messageOf(change);
  if (starred === null) return ignore('malformed: a star that names no message');
  const stored = storedMessage(context, contactsOf([], context), starred);
  if (stored === undefined && !context.offlineSyncEnded)
    return { do: 'wait', reason: `the message ${starred.id} that has a star is not known yet` };
  if (stored === undefined) return ignore('internal: a message that nobody saw has a star');
  const isStarred = change.operation === 'set' && change.isStarred === true;
  const { data } = stored;
  if (data.isStarred === isStarred) return ignore('repeated: the message has its star, or none, already');
  const after = { ...data, _data: { ...data._data, star: isStarred }, isStarred };
  return { do: 'record', events: [], messages: [toStored(after, stored)] };
}

function translateDeletion(change: AppStateChange, context: Context): Translation {
  const deleted = messageOf(change);
  if (deleted === null) return ignore('malformed: a deletion that names no message');
  if (change.operation === 'remove') return ignore('internal: a deletion is taken back');
  const stored = storedMessage(context, contactsOf([], context), deleted);
  if (stored?.data._data.isMdHistoryMsg === true)
    return ignore('internal: a message from before the number was linked was deleted');
  // Of one of which only a reaction or an ack is known nobody was told.
  const isSeen = stored?.data._data.incomplete !== true || stored.data.type !== 'unknown';
  if (stored !== undefined && isSeen) {
    return { do: 'record', events: [messageRevokedForMe(stored.data)], messages: [] };
  }
  if (!context.offlineSyncEnded)
    return { do: 'wait', reason: `the deleted message ${deleted.id} is not known yet` };
  return ignore('internal: a message was deleted that was never told');
}
