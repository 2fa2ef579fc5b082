import { objectIn, textIn } from './content.ts';
import { hydratedTemplateOf } from './header.ts';
import type { MessageContent } from './translation.ts';

/** The text of any content: its own, or what stands in for it. */
export function bodyOf(content: MessageContent, field: string): string {
  const part = objectIn(content, field);
  if (part === null) return textIn(content, field) ?? '';
  // Its title is its name, and no text of the message: whatsapp-web.js gives the caption or nothing.
  if (field === 'documentMessage') return textIn(part, 'caption') ?? '';
  for (const name of textFields) {
    const text = textIn(part, name);
    if (text !== undefined) return text;
  }
  return (
    textIn(objectIn(part, 'body'), 'text') ?? textIn(hydratedTemplateOf(part), 'hydratedContentText') ?? ''
  );
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
