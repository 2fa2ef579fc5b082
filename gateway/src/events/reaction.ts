import type { MessageData } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { ignore, messageReacted } from './drafts.ts';
import { toStored } from './stored-message.ts';
import { idAt, senderIdOf } from './target.ts';
import type { StoredMessage, StoredReaction, Translation } from './translation.ts';

/** `message_reaction`: set, changed, or removed when its text is empty. The message then knows whether it has any. */
export function translateReaction(
  { text, atMs }: Extract<Change, { is: 'reaction' }>,
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
  const messages =
    stored === undefined ? [] : [withReaction(stored, senderId, { id: told.id, text, atMs: at })];
  return { do: 'record', events: [event], messages };
}

function withReaction(stored: StoredMessage, senderId: string, reaction: StoredReaction): StoredMessage {
  const reactions = { ...stored.reactions, [senderId]: reaction };
  const hasReaction = Object.values(reactions).some(({ text }) => text !== '');
  const { data } = stored;
  const after: MessageData = { ...data, _data: { ...data._data, hasReaction }, hasReaction };
  return { ...toStored(after, stored), reactions };
}
