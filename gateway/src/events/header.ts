import type { MessageType } from '@eazewa/sdk/events';
import { objectIn, textIn } from './content.ts';
import type { MessageContent } from './translation.ts';

/** What stands above a business's text with buttons: a title, a file or a place, or nothing. */
export interface Header {
  readonly title: string | undefined;
  /** The type that WhatsApp Web gives the whole message because of its header. */
  readonly type: MessageType;
  /** The content of the header's own kind, such as an `ImageMessage`. */
  readonly file: MessageContent | null;
}

/** The header of buttons, templates and interactive messages; null for every other content. */
export function headerOf(content: MessageContent, field: string): Header | null {
  const part = objectIn(content, field);
  switch (field) {
    case 'buttonsMessage':
      return header(part, textIn(part, 'text'), 'chat');
    case 'templateMessage': {
      const template = hydratedTemplateOf(part);
      return header(template, textIn(template, 'hydratedTitleText'), 'chat');
    }
    case 'interactiveMessage': {
      const top = objectIn(part, 'header');
      return { ...header(top, textIn(top, 'title'), 'interactive'), type: 'interactive' };
    }
    default:
      return null;
  }
}

/** A template with its texts filled in, wherever this version of the content has it. */
export function hydratedTemplateOf(part: MessageContent | null): MessageContent | null {
  return objectIn(part, 'hydratedFourRowTemplate') ?? objectIn(part, 'hydratedTemplate');
}

function header(part: MessageContent | null, title: string | undefined, otherwise: MessageType): Header {
  for (const [field, type] of headerTypes) {
    const file = objectIn(part, field);
    if (file !== null) return { title, type, file };
  }
  return { title, type: otherwise, file: null };
}

const headerTypes: readonly (readonly [string, MessageType])[] = [
  ['documentMessage', 'document'],
  ['imageMessage', 'image'],
  ['videoMessage', 'video'],
  ['locationMessage', 'location'],
];
