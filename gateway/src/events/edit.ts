import type { MessageData, MessageId } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts, ToldMessage } from './change-facts.ts';
import { unwrap } from './content.ts';
import { ignore, messageEdited } from './drafts.ts';
import { edited } from './edited.ts';
import { messageData } from './message-data.ts';
import { inOrder } from './message-order.ts';
import { kindOfContent } from './message-type.ts';
import { hasReactions, toStored } from './stored-message.ts';
import { idAt } from './target.ts';
import type { Translation } from './translation.ts';

/** `message_edit`: the message as it is now, with its text or caption before and after. */
export function translateEdit(
  { content, atMs }: Extract<Change, { is: 'edit' }>,
  facts: ChangeFacts,
): Translation {
  const { told, target, stored, contacts, own } = facts;
  const unwrapped = unwrap(content);
  const kind = kindOfContent(unwrapped.content);
  // Without a field it has no content, or one that nobody knows.
  if (kind.is === 'silent' || kind.field === '') return ignore('malformed: an edit without the new content');
  const known = stored?.data;
  if (known?.type === 'revoked') return ignore('internal: an edit of a message that is deleted');
  const at = atMs ?? told.timestamp * 1000;
  const isUnderItsOwnId = told.id === target.id;
  if (known !== undefined && isOld(known, told.id, at, isUnderItsOwnId))
    return ignore('repeated: this edit or a later one is recorded');
  const seen = known?._data.incomplete === true ? undefined : known;
  const editId = idAt({ ...told.address, chat: target.chat }, told.id, contacts, own, seen?.id.remote);
  const fresh = messageData({
    own,
    contacts,
    address: target,
    id: target.id,
    ack: known?.ack ?? told.ack ?? 1,
    timestamp: known?.timestamp ?? told.timestamp,
    unwrapped,
    kind,
    hasReaction: hasReactions(stored),
    isStarred: known?.isStarred === true,
  });
  const message = withEdit(seen === undefined ? incomplete(fresh) : edited(seen, fresh), at, editId);
  const data = { message, newBody: message.body, prevBody: bodyBefore(known) };
  return {
    do: 'record',
    events: [messageEdited(data, editId, isUnderItsOwnId ? at : null)],
    messages: [toStored(message, stored)],
  };
}

/** A message whose content comes after an edit of it: it is told as the edit left it. */
export function afterEdit(data: MessageData, edit: MessageData): MessageData {
  const { latestEditSenderTimestampMs: at, latestEditMsgKey: editId } = edit;
  return at === undefined || editId === undefined ? data : withEdit(edited(data, edit), at, editId);
}

/** A message of which only an edit came: the same edit once more is no news. */
export function firstSeenAsEdit(data: MessageData, told: ToldMessage): MessageData {
  return withEdit(data, editedAt(told), data.id);
}

/** Whether it comes under the id of a message that it replaces. */
export function isEditOfItself({ isEdit = false, unwrapped }: ToldMessage): boolean {
  return isEdit || unwrapped.isEdit;
}

/** When a message was edited that comes under its own id, in milliseconds since 1970. */
export function editedAt({ editedAtMs = null, timestamp }: ToldMessage): number {
  return editedAtMs ?? timestamp * 1000;
}

function isOld(known: MessageData, editId: string, at: number, isUnderItsOwnId: boolean): boolean {
  const last = known.latestEditSenderTimestampMs ?? 0;
  if (isUnderItsOwnId) return last >= at;
  return known.latestEditMsgKey?.id === editId || last > at;
}

/** Of a message that was never seen the text is known from its last edit only. */
function bodyBefore(known: MessageData | undefined): string | null {
  if (known === undefined) return null;
  const isUnseen = known._data.incomplete === true && known.latestEditMsgKey === undefined;
  return isUnseen ? null : known.body;
}

function incomplete(data: MessageData): MessageData {
  return { ...data, _data: { ...data._data, incomplete: true } };
}

function withEdit(data: MessageData, at: number, editId: MessageId): MessageData {
  const edit = { latestEditSenderTimestampMs: at, latestEditMsgKey: editId };
  return inOrder({ ...data, ...edit, _data: { ...data._data, ...edit } });
}
