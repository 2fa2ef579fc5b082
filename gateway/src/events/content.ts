import type { MessageContent } from './translation.ts';

/** What is inside the wrappers of a message's content, and what the wrappers said. */
export interface Unwrapped {
  readonly content: MessageContent;
  /** The chat of a message that the own handset sent, as a wire jid. */
  readonly destination: string | null;
  readonly isEphemeral: boolean;
  readonly isViewOnce: boolean;
  /** It is a status that is shown to its group only. */
  readonly isGroupStatus: boolean;
  /** It replaces what its message said before. */
  readonly isEdit: boolean;
}

/** Content that is in no wrapper. */
export function unwrapped(content: MessageContent): Unwrapped {
  return {
    content,
    destination: null,
    isEphemeral: false,
    isViewOnce: false,
    isGroupStatus: false,
    isEdit: false,
  };
}

/** Takes a message's content out of `deviceSentMessage`, `ephemeralMessage`, `viewOnceMessage` and the like. */
export function unwrap(wrapped: MessageContent): Unwrapped {
  let content = wrapped;
  let destination: string | null = null;
  let isEphemeral = false;
  let isViewOnce = false;
  let isGroupStatus = false;
  let isEdit = false;
  // Real content has three wrappers at most; what a stranger nests deeper stays wrapped.
  for (let depth = 0; depth < 8; depth++) {
    const name = wrappers.find((wrapper) => objectIn(objectIn(content, wrapper), 'message') !== null);
    if (name === undefined) break;
    const wrapper = objectIn(content, name);
    if (name === 'deviceSentMessage') destination = textIn(wrapper, 'destinationJid') ?? null;
    isEphemeral ||= name === 'ephemeralMessage';
    isViewOnce ||= name.startsWith('viewOnce');
    isGroupStatus ||= name === 'groupStatusMessage' || name === 'groupStatusMessageV2';
    isEdit ||= name === 'editedMessage';
    content = withContextInfo(objectIn(wrapper, 'message') ?? {}, content);
  }
  return { content, destination, isEphemeral, isViewOnce, isGroupStatus, isEdit };
}

const wrappers = [
  'deviceSentMessage',
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'groupMentionedMessage',
  'botInvokeMessage',
  'botForwardedMessage',
  'botTaskMessage',
  'lottieStickerMessage',
  'associatedChildMessage',
  'eventCoverImage',
  'pollCreationOptionImageMessage',
  'pollCreationMessageV4',
  'questionMessage',
  'questionReplyMessage',
  'limitSharingMessage',
  'statusMentionMessage',
  'statusAddYours',
  'groupStatusMentionMessage',
  'groupStatusMessage',
  'groupStatusMessageV2',
];

/** The message's secret stands beside the outermost wrapper. */
function withContextInfo(inner: MessageContent, outer: MessageContent): MessageContent {
  const info = objectIn(inner, 'messageContextInfo') ?? objectIn(outer, 'messageContextInfo');
  return info === null ? inner : { ...inner, messageContextInfo: info };
}

type Part = MessageContent | null | undefined;

/** The object under a name; null when there is none. */
export function objectIn(part: Part, name: string): MessageContent | null {
  const value = part?.[name];
  return isObject(value) ? value : null;
}

/** The text under a name; undefined when there is none or it is empty. */
export function textIn(part: Part, name: string): string | undefined {
  const value = part?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The number under a name; undefined when there is none. */
export function numberIn(part: Part, name: string): number | undefined {
  const value = part?.[name];
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The bytes under a name; undefined when there are none. */
export function bytesIn(part: Part, name: string): Uint8Array | undefined {
  const value = part?.[name];
  return value instanceof Uint8Array && value.length > 0 ? value : undefined;
}

/** The bytes under a name as base64; undefined when there are none. */
export function base64In(part: Part, name: string): string | undefined {
  const bytes = bytesIn(part, name);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('base64');
}

/** The objects in the list under a name. */
export function objectsIn(part: Part, name: string): MessageContent[] {
  return listIn(part, name).filter(isObject);
}

/** The texts in the list under a name. */
export function textsIn(part: Part, name: string): string[] {
  return listIn(part, name).filter((value) => typeof value === 'string');
}

function listIn(part: Part, name: string): readonly unknown[] {
  const value = part?.[name];
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is MessageContent {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
