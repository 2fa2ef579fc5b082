/** How WhatsApp shows a file that is sent. */
export type OutgoingKind = 'image' | 'video' | 'audio' | 'ptt' | 'document' | 'sticker';

/** What a caller wants the file to be. */
export interface WantedKind {
  readonly asSticker?: boolean;
  readonly asVoice?: boolean;
  readonly asDocument?: boolean;
}

/**
 * How a file of that type is sent, or why it cannot be sent as it was wanted. What WhatsApp's clients do not play goes
 * as a document.
 */
export function outgoingKind(
  mimetype: string,
  wanted: WantedKind,
): OutgoingKind | { readonly problem: string } {
  const type = mimetype.split(';')[0]?.trim() ?? '';
  if (wanted.asDocument === true) return 'document';
  if (wanted.asSticker === true) {
    return type === 'image/webp'
      ? 'sticker'
      : { problem: `A sticker must be a WebP picture (image/webp), and this is ${type}.` };
  }
  if (wanted.asVoice === true) {
    return type === 'audio/ogg'
      ? 'ptt'
      : { problem: `A voice note must be Ogg with Opus (audio/ogg), and this is ${type}.` };
  }
  if (['image/jpeg', 'image/png', 'image/gif', 'image/webp'].includes(type)) return 'image';
  if (['video/mp4', 'video/3gpp', 'video/quicktime'].includes(type)) return 'video';
  if (['audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/amr', 'audio/ogg'].includes(type)) return 'audio';
  return 'document';
}
