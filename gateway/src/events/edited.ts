import type { JsonObject, MessageData, MessageType, RawMessageData } from '@eazewa/sdk/events';
import { objectIn, textIn } from './content.ts';
import { toJson } from './json.ts';
import { kindOfContent } from './message-type.ts';
import type { MessageContent } from './translation.ts';

/** What an edit replaces. */
interface Replaced {
  /** Names: each is as the new content has it, and absent when that has none. */
  readonly message: readonly (keyof MessageData)[];
  readonly raw: readonly (keyof RawMessageData)[];
  /** The same in WhatsApp's own content: the facts before, and those that the edit brings. */
  readonly content: (before: MessageContent, edit: MessageContent) => MessageContent;
}

/**
 * A message as an edit leaves it. What an edit replaces goes by the type, as in WhatsApp Web's `generateMessageEdit`; all else
 * stays, also what the new content lacks: that of a file has the caption only, that of a poll the question.
 */
export function edited(known: MessageData, edit: MessageData): MessageData {
  const fresh = withName(known, edit);
  const isSameType = known.type === fresh.type;
  const { message, raw, content } = (isSameType ? byType.get(known.type) : undefined) ?? caption;
  return {
    ...known,
    ...only(fresh, message),
    _data: {
      ...known._data,
      ...only(fresh._data, raw),
      ...captionOf(known, fresh.body),
      ...sourceOfCaption(known, edit),
      content: editedContent(known, fresh, isSameType, content),
    },
  } as MessageData;
}

const body = ['body', 'links'] as const;

const caption: Replaced = {
  message: [...body, 'mentionedIds', 'groupMentions'],
  raw: [...body, 'mentionedJidList', 'groupMentions', 'nonJidMentions', 'mentionedAs'],
  content: withCaption,
};

const byType = new Map<MessageType, Replaced>([
  [
    'chat',
    {
      message: [...caption.message, 'title', 'description'],
      raw: [...caption.raw, 'title', 'description', 'matchedText'],
      content: (before, edit) => ({ ...before, ...edit }),
    },
  ],
  [
    'poll_creation',
    {
      message: [...body, 'pollName'],
      raw: [...body, 'pollName'],
      content: (before, { name }) => ({ ...before, name }),
    },
  ],
  [
    'scheduled_event_creation',
    {
      message: body,
      raw: [
        ...body,
        'eventName',
        'isEventCanceled',
        'eventDescription',
        'eventStartTime',
        'eventEndTime',
        'eventLocation',
        'eventJoinLink',
      ],
      content: (_, edit) => edit,
    },
  ],
]);

/** With properties that are `undefined` where there is nothing: they replace what was there, and go. */
function only<T extends object>(from: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<T>;
}

/** WhatsApp Web takes the text of what has a file from its caption. */
function captionOf({ hasMedia, _data }: MessageData, text: string): { caption?: string | undefined } {
  if (!hasMedia && _data.mimetype === undefined) return {};
  return { caption: text === '' ? undefined : text };
}

/** A document without a caption has its name there, which its edit need not say. */
function withName(known: MessageData, edit: MessageData): MessageData {
  if (known._data.isCaptionByUser === undefined) return edit;
  const body = captionByUser(edit) ?? known._data.filename ?? '';
  return { ...edit, body, _data: { ...edit._data, body } };
}

function sourceOfCaption(known: MessageData, edit: MessageData): { isCaptionByUser?: boolean } {
  if (known._data.isCaptionByUser === undefined) return {};
  return { isCaptionByUser: captionByUser(edit) !== undefined };
}

/** What somebody wrote below a document; undefined for nothing. */
function captionByUser({ type, body, _data }: MessageData): string | undefined {
  const text = type === 'document' ? textIn(placeIn(_data.content)?.part ?? null, 'caption') : body;
  return text === '' ? undefined : text;
}

function editedContent(
  known: MessageData,
  fresh: MessageData,
  isSameType: boolean,
  replaced: Replaced['content'],
): JsonObject | undefined {
  const { content } = known._data;
  const place = placeIn(content);
  if (place === null) return content ?? fresh._data.content;
  const edit = isSameType ? placeIn(fresh._data.content)?.part : captionOf(known, fresh.body);
  return toJson({ ...content, [place.field]: replaced(place.part, edit ?? {}) });
}

/** Where a content has its facts. */
function placeIn(content: JsonObject | undefined) {
  const kind = kindOfContent(content ?? {});
  const field = kind.is === 'message' ? kind.field : '';
  const part = objectIn(content, field);
  return part === null ? null : { field, part };
}

/** Whom the caption mentions is new with it; what the message answers, whence it was forwarded, ... stays. */
function withCaption(before: MessageContent, edit: MessageContent): MessageContent {
  const [contextBefore, context] = [objectIn(before, 'contextInfo'), objectIn(edit, 'contextInfo')];
  const noMentions = { mentionedJid: undefined, groupMentions: undefined, nonJidMentions: undefined };
  return {
    ...before,
    ...edit,
    caption: edit['caption'],
    contextInfo: contextBefore === null ? context : { ...contextBefore, ...noMentions, ...context },
  };
}
