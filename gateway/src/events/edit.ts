import type { JsonObject, JsonValue, MessageData, MessageId, RawMessageData } from '@eazewa/sdk/events';
import type { Change } from './change.ts';
import type { ChangeFacts } from './change-facts.ts';
import { unwrap } from './content.ts';
import { ignore, messageEdited } from './drafts.ts';
import { messageData } from './message-data.ts';
import { inOrder } from './message-order.ts';
import { kindOfContent } from './message-type.ts';
import { toStored } from './stored-message.ts';
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
  const editId = idAt({ ...told.address, chat: target.chat }, told.id, contacts, own, known?.id.remote);
  const { timestamp, ack = 1 } = told;
  const fresh = messageData({
    own,
    contacts,
    address: target,
    id: target.id,
    ack,
    timestamp,
    unwrapped,
    kind,
  });
  const message = withEdit(known === undefined ? incomplete(fresh) : edited(known, fresh), at, editId);
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

/** What an edit can change comes from the new content, all else stays: an edited file's content has a caption only. */
function edited(known: MessageData, fresh: MessageData): MessageData {
  const { body, links, title, description, mentionedIds, groupMentions } = fresh;
  const isUnseen = known._data.incomplete === true;
  const { pollName, pollOptions, allowMultipleAnswers } = fresh;
  const poll = pollName === undefined ? {} : { pollName, pollOptions, allowMultipleAnswers };
  return {
    ...known,
    _data: editedRaw(known._data, fresh._data, isUnseen),
    body,
    ...(isUnseen ? { type: fresh.type } : {}),
    mentionedIds,
    groupMentions,
    ...text({ title, description }),
    ...poll,
    links,
  } as MessageData;
}

/** With properties that are `undefined` when the new content has none: they go. */
function text(texts: { readonly title: string | undefined; readonly description: string | undefined }) {
  return texts;
}

function editedRaw(known: RawMessageData, fresh: RawMessageData, isUnseen: boolean): RawMessageData {
  const content = mergedContent(known, fresh);
  return {
    ...known,
    body: fresh.body,
    ...(isUnseen ? { type: fresh.type } : {}),
    mentionedJidList: fresh.mentionedJidList,
    links: fresh.links,
    ...(known.mimetype === undefined ? {} : { caption: fresh.body }),
    ...(content === undefined ? {} : { content }),
  };
}

function mergedContent({ content: known }: RawMessageData, { content: fresh }: RawMessageData) {
  if (known === undefined || fresh === undefined) return known ?? fresh;
  const merged = Object.entries(fresh).map(([field, value]) => {
    const before = known[field];
    return [field, isObject(before) && isObject(value) ? { ...before, ...value } : value];
  });
  return { ...known, ...Object.fromEntries(merged) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withEdit(data: MessageData, at: number, editId: MessageId): MessageData {
  const edit = { latestEditSenderTimestampMs: at, latestEditMsgKey: editId };
  return inOrder({ ...data, ...edit, _data: { ...data._data, ...edit } });
}
