import type { proto } from './codec.ts';

/** What the attributes of a `<message>` and its `<enc>` say of the content inside. */
export interface MessageKind {
  readonly type: 'text' | 'media' | 'reaction' | 'poll' | 'event';
  /** Of `<enc>`; undefined for text. */
  readonly mediatype: string | undefined;
  /** `1`: an edit, `7`: the writer deletes it for everyone, `8`: a group's admin does. */
  readonly edit: '1' | '7' | '8' | undefined;
}

/** Tells as clients do: what Baileys 7 writes (`getMessageType`, `getMediaType`, `getEditAttribute`). */
export function messageKind(wrapped: proto.IMessage): MessageKind {
  const content = withoutWrappers(wrapped);
  const mediatype = mediatypeOf(content);
  return { type: typeOf(content, mediatype), mediatype, edit: editOf(content) };
}

/** The content itself, out of what says that it disappears, is seen once, or has a caption. */
export function withoutWrappers(content: proto.IMessage): proto.IMessage {
  const inner =
    content.ephemeralMessage ??
    content.editedMessage ??
    content.viewOnceMessage ??
    content.viewOnceMessageV2 ??
    content.viewOnceMessageV2Extension ??
    content.documentWithCaptionMessage;
  return inner?.message ? withoutWrappers(inner.message) : content;
}

function typeOf(content: proto.IMessage, mediatype: string | undefined): MessageKind['type'] {
  if (content.reactionMessage ?? content.encReactionMessage) return 'reaction';
  if (
    content.pollCreationMessage ??
    content.pollCreationMessageV2 ??
    content.pollCreationMessageV3 ??
    content.pollUpdateMessage
  )
    return 'poll';
  if (content.eventMessage) return 'event';
  return mediatype === undefined ? 'text' : 'media';
}

function mediatypeOf(content: proto.IMessage): string | undefined {
  const { videoMessage, audioMessage } = content;
  if (videoMessage) return videoMessage.gifPlayback === true ? 'gif' : 'video';
  if (audioMessage) return audioMessage.ptt === true ? 'ptt' : 'audio';
  return mediatypes.find(([field]) => content[field])?.[1];
}

const mediatypes: readonly (readonly [keyof proto.IMessage, string])[] = [
  ['imageMessage', 'image'],
  ['ptvMessage', 'ptv'],
  ['contactMessage', 'vcard'],
  ['contactsArrayMessage', 'contact_array'],
  ['documentMessage', 'document'],
  ['stickerMessage', 'sticker'],
  ['locationMessage', 'location'],
  ['liveLocationMessage', 'livelocation'],
  ['listMessage', 'list'],
  ['listResponseMessage', 'list_response'],
  ['buttonsResponseMessage', 'buttons_response'],
  ['orderMessage', 'order'],
  ['productMessage', 'product'],
  ['interactiveResponseMessage', 'native_flow_response'],
  ['groupInviteMessage', 'url'],
];

function editOf({ protocolMessage }: proto.IMessage): MessageKind['edit'] {
  if (protocolMessage?.editedMessage) return '1';
  // REVOKE is 0, which a plain object may leave out.
  if (!protocolMessage?.key || (protocolMessage.type ?? 0) !== 0) return undefined;
  return protocolMessage.key.fromMe === true ? '7' : '8';
}
