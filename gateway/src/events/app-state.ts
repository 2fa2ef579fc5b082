import { withoutDevice } from '../jid.ts';
import { messageIdOf } from './address.ts';
import { contactsOf } from './contacts.ts';
import { ignore, messageRevokedForMe } from './drafts.ts';
import { storedMessage } from './stored-message.ts';
import type { AppStateChange, Context, MessageRef, Translation } from './translation.ts';

/** A change of what the own devices share: `message_revoke_me` when a message was deleted on them only. */
export function translateAppState(change: AppStateChange, context: Context): Translation {
  const [action = ''] = change.index;
  switch (action) {
    case 'deleteMessageForMe':
      return translateDeletion(change, context);
    case 'archive':
    case 'clearChat':
    case 'deleteChat':
    case 'markChatAsRead':
    case 'mute':
    case 'pin_v1':
    case 'star':
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
  if (action !== 'deleteMessageForMe' || chat === null || id === null) return null;
  // It is "0" when the chat tells it already.
  const sender = withoutDevice(participant);
  return { id, fromMe: fromMe === '1', chat, ...(sender === null ? {} : { sender }) };
}

function translateDeletion(change: AppStateChange, context: Context): Translation {
  const deleted = messageOf(change);
  if (deleted === null) return ignore('malformed: a deletion that names no message');
  if (change.operation === 'remove') return ignore('internal: a deletion is taken back');
  const stored = storedMessage(context, contactsOf([], context), deleted);
  if (stored?.data._data.isMdHistoryMsg === true)
    return ignore('internal: a message from before the number was linked was deleted');
  if (stored !== undefined) {
    return { do: 'record', events: [messageRevokedForMe(stored.data)], messages: [] };
  }
  if (!context.offlineSyncEnded)
    return { do: 'wait', reason: `the deleted message ${deleted.id} is not known yet` };
  return ignore('internal: a message was deleted that was never told');
}
