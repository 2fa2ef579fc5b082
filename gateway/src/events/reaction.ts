import type { MessageData } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { ignore, messageReacted } from './drafts.ts';
import { incompleteData } from './incomplete.ts';
import { hasReactions, toStored } from './stored-message.ts';
import { idAt, senderIdOf } from './target.ts';
import type { StoredMessage, StoredReaction, Translation } from './translation.ts';

/** `message_reaction`: set, changed, or removed when its text is empty. The message then knows whether it has any. */
export function translateReaction(
  { text, atMs }: Pick<Extract<Change, { is: 'reaction' }>, 'text' | 'atMs'>,
  { told, target, stored, contacts, own }: ChangeFacts,
): Translation {
  const senderId = senderIdOf(told.address, contacts, own);
  const at = atMs ?? told.timestamp * 1000;
  const known = stored?.reactions?.[senderId];
  if (known?.id === told.id) return ignore('repeated: the reaction is recorded');
  if (known !== undefined && known.atMs > at)
    return ignore('repeated: a later reaction of the same person is recorded');
  const remote = stored?.data.id.remote;
  const event = messageReacted({
    id: idAt({ ...told.address, chat: target.chat }, told.id, contacts, own, remote),
    timestamp: Math.floor(at / 1000),
    reaction: text,
    read: told.address.fromMe,
    msgId: stored?.data.id ?? idAt(target, target.id, contacts, own),
    senderId,
    ack: told.ack ?? 1,
  });
  const reacted = stored ?? unseen({ told, target, contacts, own });
  const messages = [withReaction(reacted, senderId, { id: told.id, text, atMs: at })];
  return { do: 'record', events: [event], messages };
}

/** Its message may come later. */
function unseen({ told, target, contacts, own }: Omit<ChangeFacts, 'stored' | 'context'>): StoredMessage {
  const { timestamp } = told;
  const { id } = target;
  return toStored(incompleteData({ id, address: target, ack: 1, timestamp, type: 'unknown', contacts, own }));
}

function withReaction(stored: StoredMessage, senderId: string, reaction: StoredReaction): StoredMessage {
  const reactions = { ...stored.reactions, [senderId]: reaction };
  const hasReaction = hasReactions({ ...stored, reactions });
  const { data } = stored;
  const after: MessageData = { ...data, _data: { ...data._data, hasReaction }, hasReaction };
  return { ...toStored(after, stored), reactions };
}
