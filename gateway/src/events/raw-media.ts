import type { RawMediaData } from '@eazewa/sdk/events';
import { documentName } from './body.ts';
import { base64In, numberIn, objectIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { headerOf } from './header.ts';
import type { ContentKind } from './message-type.ts';
import type { MessageContent } from './translation.ts';

/**
 * What a content says of its file, under WhatsApp Web's names; empty for content without a file, and for content that
 * nobody knows: its file cannot be decrypted. WhatsApp Web takes the text of what has a file, `body`, from its caption.
 */
export function rawMedia(
  content: MessageContent,
  { type, field }: Extract<ContentKind, { is: 'message' }>,
  body: string,
): RawMediaData {
  const header = headerOf(content, field);
  const part = header?.file?.part ?? fileIn(content, field);
  const isFile = textIn(part, 'mimetype') !== undefined || textIn(part, 'directPath') !== undefined;
  if (type === 'unknown' || !isFile) return {};
  const isDocument = (header?.file?.type ?? type) === 'document';
  return defined({
    mimetype: textIn(part, 'mimetype'),
    directPath: textIn(part, 'directPath'),
    mediaKey: base64In(part, 'mediaKey'),
    mediaKeyTimestamp: numberIn(part, 'mediaKeyTimestamp'),
    filehash: base64In(part, 'fileSha256'),
    encFilehash: base64In(part, 'fileEncSha256'),
    size: numberIn(part, 'fileLength'),
    caption: body === '' ? undefined : body,
    isCaptionByUser: isDocument ? textIn(part, 'caption') !== undefined : undefined,
    filename: isDocument ? documentName(part) : undefined,
    width: numberIn(part, 'width'),
    height: numberIn(part, 'height'),
    duration: durationIn(part),
    pageCount: numberIn(part, 'pageCount'),
    deprecatedMms3Url: textIn(part, 'url'),
  });
}

function fileIn(content: MessageContent, field: string): MessageContent | null {
  const part = objectIn(content, field);
  return field === 'productMessage' ? objectIn(objectIn(part, 'product'), 'productImage') : part;
}

/** Seconds, as text; WhatsApp Web takes 0 for not known. */
function durationIn(part: MessageContent | null): string | undefined {
  const seconds = numberIn(part, 'seconds') ?? 0;
  return seconds === 0 ? undefined : String(seconds);
}
