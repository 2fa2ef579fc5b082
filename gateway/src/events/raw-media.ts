import type { RawMediaData } from '@eazewa/sdk/events';
import { base64In, numberIn, objectIn, textIn } from './content.ts';
import { defined } from './defined.ts';
import { headerOf } from './header.ts';
import type { MessageContent } from './translation.ts';

/** What a content's field says of its file, under WhatsApp Web's names; empty for content without a file. */
export function rawMedia(content: MessageContent, field: string): RawMediaData {
  const part = headerOf(content, field)?.file ?? objectIn(content, field);
  if (textIn(part, 'mimetype') === undefined && textIn(part, 'directPath') === undefined) return {};
  return defined({
    mimetype: textIn(part, 'mimetype'),
    directPath: textIn(part, 'directPath'),
    mediaKey: base64In(part, 'mediaKey'),
    mediaKeyTimestamp: numberIn(part, 'mediaKeyTimestamp'),
    filehash: base64In(part, 'fileSha256'),
    encFilehash: base64In(part, 'fileEncSha256'),
    size: numberIn(part, 'fileLength'),
    caption: textIn(part, 'caption'),
    filename: textIn(part, 'fileName'),
    width: numberIn(part, 'width'),
    height: numberIn(part, 'height'),
    duration: numberIn(part, 'seconds')?.toString(),
    pageCount: numberIn(part, 'pageCount'),
    deprecatedMms3Url: textIn(part, 'url'),
  });
}
