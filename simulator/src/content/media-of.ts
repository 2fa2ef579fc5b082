import type { MediaType } from '../media/media-keys.ts';
import type { proto } from '../stanza/codec.ts';
import { withoutWrappers } from '../stanza/message-kind.ts';

/** The kinds of media as people name them. */
export type MediaKind = (typeof mediaKinds)[number];

export const mediaKinds = [
  'image',
  'video',
  'gif',
  'video-note',
  'audio',
  'voice',
  'document',
  'sticker',
] as const;

/** What all kinds of media have in common in their part of a message. */
export type MediaFields = Pick<
  proto.Message.IVideoMessage,
  'url' | 'directPath' | 'mediaKey' | 'fileSha256' | 'fileEncSha256' | 'fileLength' | 'mimetype'
> & { caption?: string | null; fileName?: string | null };

/** The media of a message, whatever it is wrapped in. */
export interface FoundMedia {
  readonly kind: MediaKind;
  readonly type: MediaType;
  readonly fields: MediaFields;
}

/** Undefined for content without media. */
export function mediaOf(content: proto.IMessage | undefined): FoundMedia | undefined {
  if (!content) return undefined;
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } =
    withoutWrappers(content);
  if (imageMessage) return { kind: 'image', type: 'image', fields: imageMessage };
  if (videoMessage) {
    const kind = videoMessage.gifPlayback === true ? 'gif' : 'video';
    return { kind, type: 'video', fields: videoMessage };
  }
  if (ptvMessage) return { kind: 'video-note', type: 'video', fields: ptvMessage };
  if (audioMessage) {
    const kind = audioMessage.ptt === true ? 'voice' : 'audio';
    return { kind, type: 'audio', fields: audioMessage };
  }
  if (documentMessage) return { kind: 'document', type: 'document', fields: documentMessage };
  if (stickerMessage) return { kind: 'sticker', type: 'sticker', fields: stickerMessage };
  return undefined;
}
