import { objectIn, textIn } from './content.ts';
import { hydratedTemplateOf, interactiveIn } from './header.ts';
import type { MessageContent } from './translation.ts';

/** The text of any content: its own, or what stands in for it. */
export function bodyOf(content: MessageContent, field: string): string {
  const part = objectIn(content, field);
  if (part === null) return textIn(content, field) ?? '';
  // WhatsApp Web takes the name for the caption: `WAWebParseDocumentMessageProto`.
  if (field === 'documentMessage') return textIn(part, 'caption') ?? documentName(part) ?? '';
  for (const name of textFields) {
    const text = textIn(part, name);
    if (text !== undefined) return text;
  }
  return (
    textIn(objectIn(interactiveIn(content, field) ?? part, 'body'), 'text') ??
    textIn(hydratedTemplateOf(part), 'hydratedContentText') ??
    ''
  );
}

/** The name of a document's file; undefined for a part without one. */
export function documentName(part: MessageContent | null): string | undefined {
  return textIn(part, 'fileName') ?? textIn(part, 'title');
}

const textFields = [
  'text',
  'caption',
  'vcard',
  'selectedDisplayText',
  'contentText',
  'name',
  'message',
  'description',
  'title',
];
